package io.pharos.server.api;

import io.pharos.access.Access;

/// A request about a service or environment that its token does not cover.
public final class NotCoveredException extends RuntimeException {
  private NotCoveredException(String name) {
    super("the token of " + name + " does not cover this service and environment");
  }

  /// Does nothing where what was granted covers a service in an environment.
  ///
  /// @throws NotCoveredException when the token's restrictions leave this service or environment
  ///   out
  public static void require(Access.Granted granted, String service, String env) {
    if (!granted.covers(service, env)) {
      throw new NotCoveredException(granted.name());
    }
  }
}
