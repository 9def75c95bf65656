import Foundation
import Glibc
import Testing

@testable import Wire

@Suite("Keys on disk")
struct KeyTests {
  /// The server's pair in `man zmq_curve`, which also gives its bytes.
  private static let publicText = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
  /// The client's public key there.
  private static let otherText = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
  private static let secretText = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

  private func write(_ text: String, mode: mode_t = 0o600, in folder: Folder) throws -> String {
    let path = folder.path + "/key"
    try Data(text.utf8).write(to: URL(filePath: path))
    chmod(path, mode)
    return path
  }

  private func error(_ work: () throws -> Void) -> String {
    do { try work() } catch { return "\(error)" }
    return "nothing was wrong"
  }

  @Test("a secret key leads to its public one, as the pair of its manual says")
  func pair() {
    #expect(KeyPair(secret: Self.secretText)?.publicKey.description == Self.publicText)
    #expect(PublicKey(text: Self.publicText)?.bytes.prefix(4) == [0x54, 0xFC, 0xBA, 0x24])
    #expect(PublicKey(text: String(Self.publicText.dropLast())) == nil)
    #expect(PublicKey(text: Self.publicText.replacing("@", with: "\"")) == nil)
    #expect(KeyPair().publicKey != KeyPair().publicKey)
  }

  @Test("a key that was made can be read, its secret by its owner alone")
  func created() throws {
    let folder = Folder()
    let key = try KeyFile.create("alice", in: folder.path)
    #expect(try KeyFile.pair(at: folder.path + "/alice.key").publicKey == key)
    #expect(try KeyFile.publicKey(at: folder.path + "/alice.pub") == key)
    var status = stat()
    #expect(stat(folder.path + "/alice.key", &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(
      error { _ = try KeyFile.pair(at: folder.path + "/alice.pub") }
        == "'\(folder.path)/alice.pub' holds a public key only; the secret one is in the .key file "
        + "that was made with it")
    #expect(
      error { try KeyFile.create("alice", in: folder.path) }
        == "there is a key in '\(folder.path)/alice.key' already; use it, or choose another folder "
        + "or name")
    #expect(try KeyFile.publicKey(at: folder.path + "/alice.pub") == key)
  }

  @Test("a secret that others can read is not used", arguments: [0o640, 0o604, 0o660] as [mode_t])
  func open(mode: mode_t) throws {
    let folder = Folder()
    let path = try write(
      "operant-key 1\npublic \(Self.publicText)\nsecret \(Self.secretText)\n", mode: mode,
      in: folder)
    #expect(
      error { _ = try KeyFile.pair(at: path) }
        == "'\(path)' holds a secret, and others can read it (mode \(String(mode, radix: 8))); "
        + "run: chmod 600 '\(path)'")
  }

  @Test(
    "what is no key file is refused with the reason",
    arguments: [
      ("", "its first line is not 'operant-key 1'"),
      ("operant-key 2\npublic \(publicText)\n", "its first line is not 'operant-key 1'"),
      ("operant-key 1\n", "its public line holds no key"),
      ("operant-key 1\npublic abc\n", "its public line holds no key"),
      ("operant-key 1\npublic \(publicText)\nsecret abc\n", "its secret line holds no key"),
      ("operant-key 1\nprivate \(publicText)\n", "it has a line that is neither"),
      ("operant-key 1\npublic\n", "a line is not a word and a key"),
      (
        "operant-key 1\npublic \(otherText)\nsecret \(secretText)\n",
        "its two lines are of two keys"
      ),
      (String(repeating: "x", count: 100_000), "its first line is not 'operant-key 1'"),
    ])
  func malformed(text: String, reason: String) throws {
    let folder = Folder()
    let path = try write(text, in: folder)
    #expect(error { _ = try KeyFile.pair(at: path) }.contains(reason))
  }

  @Test("a file that is not there, and one that is none, are named")
  func missing() {
    let folder = Folder()
    #expect(
      error { _ = try KeyFile.publicKey(at: folder.path + "/a.pub") }
        == "can't read the key in '\(folder.path)/a.pub': no such file or directory; "
        + "'operant-server keygen' and 'operant keygen' make keys")
    #expect(error { _ = try KeyFile.publicKey(at: folder.path) }.contains("it is no file"))
  }

  @Test("the folder of authorised keys is read anew when it has changed, and only then")
  func reread() throws {
    let folder = Folder()
    try makeKeyFolder(at: folder.path)
    let authorised = try AuthorisedKeys(folder: folder.path)
    #expect(authorised.reread()?.keyCount == 0)
    #expect(authorised.reread() == nil)
    let alice = try KeyFile.create("alice", in: folder.path + "/authorised")
    #expect(authorised.reread()?.keyCount == 1)
    #expect(authorised.name(of: alice) == "alice.pub")
    #expect(authorised.reread() == nil)

    // Another key of the same length in the same file.
    let bob = KeyPair().publicKey
    let path = folder.path + "/authorised/alice.pub"
    try Data("operant-key 1\npublic \(bob)\n".utf8).write(to: URL(filePath: path))
    #expect(authorised.reread()?.keyCount == 1)
    #expect(authorised.name(of: bob) == "alice.pub")
    #expect(authorised.name(of: alice) == nil)

    try Data("nonsense".utf8).write(to: URL(filePath: path))
    let change = try #require(authorised.reread())
    #expect(change.keyCount == 0)
    #expect(change.errors.count == 1)
    #expect(authorised.reread() == nil)
    #expect(authorised.name(of: bob) == nil)
  }

  @Test("a folder into which others can put a key lets in nobody", arguments: [0o777, 0o770])
  func openFolder(mode: UInt32) throws {
    let folder = Folder()
    try makeKeyFolder(at: folder.path)
    let alice = try KeyFile.create("alice", in: folder.path + "/authorised")
    let authorised = try AuthorisedKeys(folder: folder.path)
    _ = authorised.reread()
    #expect(authorised.name(of: alice) != nil)
    chmod(folder.path + "/authorised", mode)
    #expect(authorised.reread()?.keyCount == 0)
    #expect(authorised.name(of: alice) == nil)
    #expect(throws: KeyError.openFolder(folder.path + "/authorised", mode: mode)) {
      try AuthorisedKeys(folder: folder.path)
    }
    chmod(folder.path + "/authorised", 0o700)
    #expect(authorised.reread()?.keyCount == 1)
    // And one that is gone.
    try FileManager.default.removeItem(atPath: folder.path + "/authorised")
    #expect(authorised.reread()?.errors.count == 1)
    #expect(authorised.name(of: alice) == nil)
  }
}
