package io.pharos.server.api;

import io.pharos.access.Access;

/// A request for a service or environment that the caller's token does not cover.
public final class NotCoveredException extends RuntimeException {
  private NotCoveredException(String name) {
    super("the token of " + name + " does not cover this service and environment");
  }

  /// Checks that the caller's token covers a service in an environment.
  ///
  /// @throws NotCoveredException if it does not
  public static void require(Access.Granted granted, String service, String env) {
    if (!granted.covers(service, env)) {
      throw new NotCoveredException(granted.name());
    }
  }
}
