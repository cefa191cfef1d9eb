package io.pharos.access;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Who sends a request, as far as the connection tells.
///
/// @param authorization the header `Authorization`; null if absent
/// @param loopback whether the connection comes from this host
/// @param forwarded whether a proxy says that it forwards for someone else: then the connection's
///   address says nothing about the sender
public record Client(@Nullable String authorization, boolean loopback, boolean forwarded) {
  /// Whether the sender is on this host itself.
  public boolean isLocal() {
    return loopback && !forwarded;
  }

  /// The client of an HTTP request.
  ///
  /// @param header gives the value of a header, null where the request has none
  /// @param address the address that the connection comes from, as a literal; null if unknown
  public static Client of(Function<String, @Nullable String> header, @Nullable String address) {
    boolean forwarded =
        header.apply("Forwarded") != null
            || header.apply("X-Forwarded-For") != null
            || header.apply("X-Real-IP") != null
            || header.apply("Via") != null;
    return new Client(
        header.apply("Authorization"), address != null && isLoopback(address), forwarded);
  }

  private static boolean isLoopback(String address) {
    try {
      return InetAddress.getByName(address).isLoopbackAddress(); // a literal: nothing is resolved
    } catch (UnknownHostException _) {
      return false; // whatever it is, it is not this host
    }
  }
}
