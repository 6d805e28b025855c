import StorePrimitives
import Testing

@testable import ArtifactStore

struct SuspiciousNamesTests {
  private static let suspicious: [(SecretKind, [String])] = [
    (
      .environment,
      [".env", ".ENV", ".env.local", ".env.production", ".env.", ".env.examples", ".env.pem"]
    ),
    (.pem, ["key.pem", "KEY.PEM", ".pem", "a.b.pem", "id_rsa.pem", "credentials.pem"]),
    (
      .privateKey,
      [
        "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "ID_RSA", "id_rsa.key",
        "id_rsa.bak", "id_ed25519.old", "id_deploy", "id_github-work", "id_deploy.key",
        "id_rsa.pub.bak",
      ]
    ),
    (
      .credentials,
      ["credentials", "Credentials.json", "credentials.csv", "credentials_dev", "credentials.pub"]
    ),
  ]

  @Test func namesThatWarn() throws {
    for (kind, names) in SuspiciousNamesTests.suspicious {
      for name in names {
        #expect(SuspiciousNames.reason(for: try RelativePath(name)) == kind, "\(name)")
        #expect(SuspiciousNames.reason(for: try RelativePath("a/.env/\(name)")) == kind, "\(name)")
      }
    }
    #expect(Set(SuspiciousNamesTests.suspicious.map(\.0)) == Set(SecretKind.allCases))
  }

  @Test(arguments: [
    ".env.example", ".env.sample", ".env.template", ".ENV.Example", ".env.local.example", ".envrc",
    ".environment", "env", "prod.env", "a.env", "pem", "a.pem.gz", "model.pem2", "id_rsa.pub",
    "id_deploy.pub", "ID_RSA.PUB", "id_0001.jpg", "id_0001", "id_card.jpg", "id_map.json", "id_",
    "id_.key", "id", "id-rsa", "grid_rsa", "rsa", "my_credentials", "credential.json", "item",
    "image.jpg", ".gitignore", "config.yaml", "m", "system", "weights.safetensors", "id_é", "é.txt",
  ])
  func namesThatPass(name: String) throws {
    #expect(SuspiciousNames.reason(for: try RelativePath(name)) == nil)
    #expect(SuspiciousNames.reason(for: try RelativePath(".env/id_rsa/\(name)")) == nil)
  }

  @Test func bytesThatAreNoTextPass() throws {
    #expect(SuspiciousNames.reason(for: try RelativePath([0xff, 0xfe])) == nil)
    let key = Array("id_".utf8) + [0xff]
    #expect(SuspiciousNames.reason(for: try RelativePath(key)) == nil)
    #expect(SuspiciousNames.reason(for: try RelativePath([0xff] + ".pem".utf8)) == .pem)
  }
}
