package io.pharos.model;

import java.net.InetAddress;
import java.util.Optional;

/// Parses IP addresses without looking up names.
public final class IpAddress {
  private IpAddress() {}

  /// Parses an IP address, with or without the brackets that an IPv6 address has in URLs; empty for
  /// a host name.
  public static Optional<InetAddress> parse(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException _) { // not an address
      return Optional.empty();
    }
  }

  /// Returns a host of a URL without the brackets around an IPv6 address.
  public static String withoutBrackets(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }
}
