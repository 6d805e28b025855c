import CStoreShims

/// The wish of the user to stop: SIGINT (Ctrl-C) or SIGTERM.
package enum InterruptSignal {
  /// From now on either signal only sets `isRaised`; a second SIGINT kills, as it does by
  /// default. A signal that the parent told this process to ignore (`nohup`, a job in the
  /// background of a script) stays ignored.
  package static func install() { store_install_interrupt() }

  /// Whether a signal has come. Cheap enough to ask for every file.
  package static var isRaised: Bool { store_interrupt_raised() != 0 }
}
