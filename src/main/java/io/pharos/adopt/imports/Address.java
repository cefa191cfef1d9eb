package io.pharos.adopt.imports;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.model.IpAddress;

/// A host and a port.
///
/// @param port the port as text; empty if it is missing
record Address(String host, String port) {
  /// Parses `host`, `host:port` or `[::1]:port`, with or without a scheme and a path.
  static Address parse(String text) {
    int scheme = text.indexOf("://");
    String rest = scheme < 0 ? text : text.substring(scheme + 3);
    int path = rest.indexOf('/');
    String server = path < 0 ? rest : rest.substring(0, path);
    int colon = server.lastIndexOf(':');
    boolean isIpv6 = server.startsWith("[");
    if (colon < 0 || server.endsWith("]") || (!isIpv6 && server.indexOf(':') != colon)) {
      return new Address(IpAddress.withoutBrackets(server), "");
    }
    return new Address(
        IpAddress.withoutBrackets(server.substring(0, colon)), server.substring(colon + 1));
  }

  /// Sets the keys `host` and `port` of a check, and returns the check.
  ObjectNode into(ObjectNode check) {
    return into(check, "host");
  }

  /// Sets the given key of a check to the host, sets the key `port`, and returns the check.
  ObjectNode into(ObjectNode check, String key) {
    check.put(key, host);
    ForeignYaml.put(check, "port", port);
    return check;
  }
}
