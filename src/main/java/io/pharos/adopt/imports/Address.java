package io.pharos.adopt.imports;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// A host and a port.
///
/// @param port empty if it is missing
record Address(String host, String port) {
  /// Parses `host`, `host:port` or `[::1]:port`, with or without a scheme and a path.
  static Address parse(String text) {
    int scheme = text.indexOf("://");
    String rest = scheme < 0 ? text : text.substring(scheme + 3);
    int path = rest.indexOf('/');
    String server = path < 0 ? rest : rest.substring(0, path);
    int colon = server.lastIndexOf(':');
    boolean six = server.startsWith("[");
    if (colon < 0 || server.endsWith("]") || (!six && server.indexOf(':') != colon)) {
      return new Address(bare(server), "");
    }
    return new Address(bare(server.substring(0, colon)), server.substring(colon + 1));
  }

  private static String bare(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /// Puts the keys `host` and `port` into a check and returns it.
  ObjectNode into(ObjectNode check) {
    return into(check, "host");
  }

  /// Puts the host under a key, and `port`, into a check and returns it.
  ObjectNode into(ObjectNode check, String key) {
    check.put(key, host);
    ForeignYaml.put(check, "port", port);
    return check;
  }
}
