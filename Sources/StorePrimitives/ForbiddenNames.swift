package enum ForbiddenNames { package static func isForbidden(component: some Collection<UInt8>) -> Bool { component.elementsEqual(".git".utf8) || component.elementsEqual(".reprostore".utf8) } }
