import Glibc

/// Half of a key that everybody may know: who has the other half can prove it.
public struct PublicKey: Hashable, Sendable, CustomStringConvertible {
  /// 32 of them.
  let bytes: [UInt8]

  init(bytes: [UInt8]) {
    precondition(bytes.count == Curve.keyByteCount, "a key has \(Curve.keyByteCount) bytes")
    self.bytes = bytes
  }

  /// Nil if the text is not forty letters of Z85.
  init?(text: String) {
    guard let bytes = Curve.bytes(of: text) else { return nil }
    self.bytes = bytes
  }

  /// As key files and logs have it: forty letters of Z85, https://rfc.zeromq.org/spec/32.
  public var description: String { Curve.letters(of: bytes) }
}

/// Both halves of a key. Who has them is who the key says.
public struct KeyPair: Sendable {
  public let publicKey: PublicKey
  /// 32 bytes.
  let secret: [UInt8]

  /// A new one, which nobody can guess.
  public init() {
    guard let secret = Curve.newSecret(), let pair = KeyPair(secret: secret) else {
      preconditionFailure("libzmq was built without CURVE")
    }
    self = pair
  }

  /// Two halves that need not belong together.
  init(claiming publicKey: PublicKey, secret: [UInt8]) {
    self.publicKey = publicKey
    self.secret = secret
  }

  /// Nil if the text is no key.
  init?(secret text: String) {
    guard let secret = Curve.bytes(of: text),
      let publicKey = Curve.publicKey(of: text).flatMap(PublicKey.init(text:))
    else { return nil }
    self.publicKey = publicKey
    self.secret = secret
  }
}

/// What an agent needs where keys are asked for: the server's public key, by which it knows the server,
/// and its own, by which the server knows it.
public struct AgentKeys: Sendable {
  public let server: PublicKey
  public let own: KeyPair

  public init(server: PublicKey, own: KeyPair) {
    self.server = server
    self.own = own
  }

  /// Reads them from files.
  public init(serverKeyFile: String, keyFile: String) throws(KeyError) {
    server = try KeyFile.publicKey(at: serverKeyFile)
    own = try KeyFile.pair(at: keyFile)
  }
}

/// Keys on disk: a line of text each, under a line that says what the file is.
///
///     operant-key 1
///     public rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7
///     secret JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6
///
/// A file without the secret line is there to be given away.
public enum KeyFile {
  private static let headline = "operant-key 1"
  private static let mostBytes = 4096

  /// Makes a key and writes `name.key`, which only its owner can read, and `name.pub`.
  ///
  /// - Throws: `KeyError.exists` rather than write over a key.
  @discardableResult
  public static func create(_ name: String, in folder: String) throws(KeyError) -> PublicKey {
    let pair = KeyPair()
    let lines = "\(headline)\npublic \(pair.publicKey)\n"
    try write(
      lines + "secret \(Curve.letters(of: pair.secret))\n", to: "\(folder)/\(name).key", mode: 0o600
    )
    try write(lines, to: "\(folder)/\(name).pub", mode: 0o644)
    return pair.publicKey
  }

  /// The public key of a file, whether or not the secret is in it, too.
  public static func publicKey(at path: String) throws(KeyError) -> PublicKey {
    try read(path).publicKey
  }

  /// Both halves.
  ///
  /// - Throws: `KeyError.open` if others than the owner may read the file.
  public static func pair(at path: String) throws(KeyError) -> KeyPair {
    let (publicKey, secret, mode) = try read(path)
    guard let secret else { throw .publicOnly(path) }
    guard mode & 0o077 == 0 else { throw .open(path, mode: mode & 0o777) }
    guard secret.publicKey == publicKey else {
      throw .malformed(path, "its two lines are of two keys")
    }
    return secret
  }

  private static func read(
    _ path: String
  ) throws(KeyError) -> (publicKey: PublicKey, secret: KeyPair?, mode: mode_t) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .malformed(path, "it is no file") }
    var bytes = [UInt8](repeating: 0, count: mostBytes)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw .unreadable(path, errno) }

    var lines = String(decoding: bytes[..<count], as: UTF8.self)
      .split(whereSeparator: \.isNewline).map { $0.split(separator: " ").map(String.init) }
    guard !lines.isEmpty, lines.removeFirst().joined(separator: " ") == headline else {
      throw .malformed(path, "its first line is not '\(headline)'")
    }
    var publicKey: PublicKey?
    var secret: KeyPair?
    for line in lines {
      guard line.count == 2 else { throw .malformed(path, "a line is not a word and a key") }
      switch line[0] {
      case "public": publicKey = PublicKey(text: line[1])
      case "secret":
        secret = KeyPair(secret: line[1])
        guard secret != nil else { throw .malformed(path, "its secret line holds no key") }
      default: throw .malformed(path, "it has a line that is neither 'public' nor 'secret'")
      }
    }
    guard let publicKey else { throw .malformed(path, "its public line holds no key") }
    return (publicKey, secret, status.st_mode)
  }

  private static func write(_ text: String, to path: String, mode: mode_t) throws(KeyError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw errno == EEXIST ? .exists(path) : .unwritable(path, errno)
    }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    // The mask of whoever runs this must not make the public half unreadable.
    guard fchmod(descriptor, mode) == 0,
      Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0
    else {
      let code = errno
      unlink(path)
      throw .unwritable(path, code)
    }
  }
}

/// A key that can't be had.
public enum KeyError: Error, Equatable, Sendable {
  case unreadable(String, Int32)
  case unwritable(String, Int32)
  case exists(String)
  case malformed(String, String)
  case publicOnly(String)
  case open(String, mode: UInt32)
  case openFolder(String, mode: UInt32)
  case openParent(String, of: String, mode: UInt32)
  case openFile(String, mode: UInt32)
  case link(String)
  case foreign(String, owner: UInt32)
}

extension KeyError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let path, let code):
      "can't read the key in '\(path)': " + String(cString: strerror(code)).lowercased()
        + (code == ENOENT ? "; 'operant-server keygen' and 'operant keygen' make keys" : "")
    case .unwritable(let path, let code):
      "can't write a key to '\(path)': " + String(cString: strerror(code)).lowercased()
    case .exists(let path):
      "there is a key in '\(path)' already; use it, or choose another folder or name"
    case .malformed(let path, let reason):
      "'\(path)' is no key file: \(reason); make one by 'operant keygen'"
    case .publicOnly(let path):
      "'\(path)' holds a public key only; the secret one is in the .key file that was made with it"
    case .open(let path, let mode):
      "'\(path)' holds a secret, and others can read it (mode \(octal(mode))); "
        + "run: chmod 600 '\(path)'"
    case .openFolder(let path, let mode):
      "others can put keys into '\(path)' (mode \(octal(mode))); run: chmod go-w '\(path)'"
    case .openParent(let path, let below, let mode):
      "others can write to '\(path)' (mode \(octal(mode))) and put another folder in the place of "
        + "'\(below)', which leads to the keys; run: chmod go-w '\(path)', or keep the keys where "
        + "only you can write"
    case .openFile(let path, let mode):
      "others can put another key into '\(path)' (mode \(octal(mode))); run: chmod go-w '\(path)'"
    case .link(let path):
      "'\(path)' is a link, and others may be able to change what it leads to; put the file itself there"
    case .foreign(let path, let owner):
      "'\(path)' belongs to user \(owner), who could let in anybody; the folder of keys and all above it "
        + "have to belong to root\(geteuid() == 0 ? "" : " or to user \(geteuid())"), as whom this runs: "
        + "run it as user \(owner), or make a folder of keys of your own by 'operant-server keygen "
        + "--folder FOLDER'"
    }
  }

  private func octal(_ mode: UInt32) -> String { String(mode, radix: 8) }
}
