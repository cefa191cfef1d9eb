package io.pharos.probe;

import java.net.InetAddress;
import java.net.UnknownHostException;

/// Finds the addresses of a name.
@FunctionalInterface
interface NameResolver {
  /// The addresses, in the order that they are to be tried in.
  ///
  /// @throws UnknownHostException when there are none; the message is the resolver's
  InetAddress[] resolve(String host) throws UnknownHostException;
}
