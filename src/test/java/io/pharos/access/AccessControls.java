package io.pharos.access;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import java.time.InstantSource;
import java.util.Random;

/// Creates access controls for tests.
public final class AccessControls {
  private AccessControls() {}

  /// Accepts a pipeline's token for a service in an environment.
  public static AccessControl withToken(String token, String service, String env) {
    return of(
        """
        tokens:
          - name: pipeline
            sha256: %s
            scopes: [deployment:write, gate:create, gate:read]
            services: [%s]
            envs: [%s]
        """
            .formatted(Tokens.digest(token), service, env));
  }

  /// Uses a tokens file and the system clock.
  public static AccessControl of(String file) {
    return new AccessControl(
        new AccessControl.Rules(
            AccountMode.NONE,
            AccessControl.ReadAccess.OPEN,
            Tokens.parse("tokens.yml", file),
            People.NONE),
        new ClientPool(new Clients(InstantSource.system())),
        new KeptSessions(),
        InstantSource.system(),
        new Random(1),
        new SimpleMeterRegistry());
  }
}
