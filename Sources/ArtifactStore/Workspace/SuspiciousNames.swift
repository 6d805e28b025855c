import StorePrimitives
enum SuspiciousNames { static func reason(for path: RelativePath) -> Int? { nil } }
