package io.pharos.server.app;

import io.pharos.cli.command.Flags.Address;
import io.pharos.model.PlainReason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.util.Optional;
import java.util.stream.IntStream;

/// Tries to listen on an address before the service opens its data and loads its classes.
final class ListenPort {
  /// How many ports after a used one are tried.
  private static final int TRIES = 20;

  private ListenPort() {}

  /// Returns why an address can't be listened on; empty if it can.
  static Optional<String> trouble(Address address) {
    try (var server = ServerSocketChannel.open()) {
      server.setOption(StandardSocketOptions.SO_REUSEADDR, true); // as the HTTP server does
      server.bind(new InetSocketAddress(address.bareHost(), address.port()));
      return Optional.empty();
    } catch (IOException | UnresolvedAddressException e) {
      String reason = PlainReason.of(e);
      return Optional.of(
          reason.equals("Address already in use") ? "it is in use by another program" : reason);
    }
  }

  /// Returns the next port above the address' own that can be listened on.
  static Optional<Address> next(Address used) {
    return IntStream.rangeClosed(used.port() + 1, Math.min(used.port() + TRIES, 65_535))
        .mapToObj(port -> new Address(used.host(), port))
        .filter(address -> trouble(address).isEmpty())
        .findFirst();
  }
}
