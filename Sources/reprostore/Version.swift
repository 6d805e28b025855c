/// The version of the program and of its release archive: the one place where it is written.
let programVersion = "0.1.0"
