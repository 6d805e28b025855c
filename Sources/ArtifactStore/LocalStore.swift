package import StoreIO

/// A store on the file system of this machine.
package typealias LocalStore = Store<LinuxDirectory>
