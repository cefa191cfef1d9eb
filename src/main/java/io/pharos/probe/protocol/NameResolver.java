package io.pharos.probe.protocol;

import java.net.InetAddress;
import java.net.UnknownHostException;

/// Resolves host names.
@FunctionalInterface
interface NameResolver {
  /// Returns the addresses in the order of preference.
  ///
  /// @throws UnknownHostException if there are none; the message is the resolver's
  InetAddress[] resolve(String host) throws UnknownHostException;
}
