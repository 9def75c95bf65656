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

  @Test("each doubt about a folder is told once, though no key lies there")
  func openEmptyFolder() throws {
    let folder = Folder()
    try makeKeyFolder(at: folder.path)
    let authorised = try AuthorisedKeys(folder: folder.path)
    _ = authorised.reread()
    let path = folder.path + "/authorised"
    for mode in [0o770, 0o777] as [mode_t] {
      chmod(path, mode)
      #expect(authorised.reread()?.errors == [.openFolder(path, mode: mode)])
      #expect(authorised.reread() == nil)
    }
    chmod(path, 0o700)
    #expect(authorised.reread()?.errors == [])
  }

  @Test("a link is no key, and is told")
  func linkedKey() throws {
    let folder = Folder()
    try makeKeyFolder(at: folder.path)
    let alice = try KeyFile.create("alice", in: folder.path)
    let path = folder.path + "/authorised/alice.pub"
    symlink("../alice.pub", path)
    let authorised = try AuthorisedKeys(folder: folder.path)
    #expect(authorised.reread()?.errors == [.link(path)])
    #expect(authorised.name(of: alice) == nil)
  }

  @Test("a key that others can write over lets in nobody", arguments: [0o646, 0o664] as [mode_t])
  func openFile(mode: mode_t) throws {
    let folder = Folder()
    try makeKeyFolder(at: folder.path)
    let alice = try KeyFile.create("alice", in: folder.path + "/authorised")
    let path = folder.path + "/authorised/alice.pub"
    let authorised = try AuthorisedKeys(folder: folder.path)
    chmod(path, mode)
    let change = try #require(authorised.reread())
    #expect(change.errors == [.openFile(path, mode: mode)])
    #expect(authorised.name(of: alice) == nil)
    chmod(path, 0o644)
    _ = authorised.reread()
    #expect(authorised.name(of: alice) == "alice.pub")
  }

  @Test(
    "a folder above the keys that others can write to lets in nobody, unless it has the sticky bit",
    arguments: [0o777, 0o775] as [mode_t])
  func openParent(mode: mode_t) throws {
    let folder = Folder()
    let place = String(cString: realpath(folder.path, nil))
    try makeFolder(folder.path + "/lab")
    try makeFolder(folder.path + "/lab/shared")
    let path = folder.path + "/lab/shared/keys"
    try makeKeyFolder(at: path)
    let alice = try KeyFile.create("alice", in: path + "/authorised")
    let authorised = try AuthorisedKeys(folder: path)
    _ = authorised.reread()
    #expect(authorised.name(of: alice) != nil)

    chmod(folder.path + "/lab", mode)
    let doubt = KeyError.openParent(place + "/lab", of: place + "/lab/shared", mode: mode)
    #expect(throws: doubt) { try AuthorisedKeys(folder: path) }
    #expect(authorised.reread()?.errors == [doubt])
    #expect(authorised.name(of: alice) == nil)
    #expect(
      doubt.description
        == "others can write to '\(place)/lab' (mode \(String(mode, radix: 8))) and put another "
        + "folder in the place of '\(place)/lab/shared', which leads to the keys; run: chmod go-w "
        + "'\(place)/lab', or keep the keys where only you can write")

    chmod(folder.path + "/lab", mode | S_ISVTX)
    #expect(authorised.reread()?.keyCount == 1)
    // The folder itself is not helped by it: keys could be added.
    chmod(folder.path + "/lab", 0o755)
    chmod(path + "/authorised", mode | S_ISVTX)
    #expect(authorised.reread()?.keyCount == 0)
  }

  @Test("folders above a link are those above what it leads to")
  func link() throws {
    let folder = Folder()
    try makeFolder(folder.path + "/open")
    try makeKeyFolder(at: folder.path + "/open/keys")
    symlink(folder.path + "/open/keys", folder.path + "/keys")
    _ = try AuthorisedKeys(folder: folder.path + "/keys")
    chmod(folder.path + "/open", 0o777)
    #expect(throws: KeyError.self) { try AuthorisedKeys(folder: folder.path + "/keys") }
  }

  @Test("a folder of keys, and each above it, belongs to who runs the server, or to root")
  func owners() throws {
    let folder = Folder()
    let path = folder.path + "/keys"
    try makeKeyFolder(at: path)
    // Root's folders are everybody's to trust, so root gives them away.
    let somebody: uid_t = geteuid() == 0 ? 4242 : geteuid()
    func doubt(by user: uid_t) throws -> KeyError? {
      var status = stat()
      #expect(stat(path, &status) == 0)
      return try Trust.doubt(about: path, status, by: user)
    }
    chown(path, somebody, getegid())
    #expect(try doubt(by: somebody + 1) == .foreign(path, owner: somebody))
    chown(folder.path, somebody, getegid())
    #expect(try doubt(by: somebody) == nil)
    guard geteuid() == 0 else { return }
    chown(path, 0, 0)
    let place = String(cString: realpath(folder.path, nil))
    #expect(try doubt(by: 0) == .foreign(place, owner: somebody))
    #expect(try doubt(by: somebody) == nil)
  }

  @Test(
    "users without a number in a container count as root only where they can't be told from it",
    arguments: [
      ("         0          0 4294967295\n", "65534\n", nil),
      ("      1000       1000          1\n", "65534\n", 65534),
      ("         0       1000          1\n         1     100000      65536\n", "65534\n", nil),
      ("         0       1000          1\n         1     100000        999\n", "99\n", nil),
      ("         0       1000          1\n", "99\n", 99),
      ("         0       1000          1\n", "", 65534),
      ("         0          0          1\n       998        998          1\n", "65534\n", nil),
      ("", "", nil),
    ] as [(String, String, uid_t?)])
  func strandedUsers(map: String, number: String, expected: uid_t?) {
    #expect(Trust.strandedUser(in: map, numbered: number) == expected)
  }
}
