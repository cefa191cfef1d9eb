package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/// The fixed data of a rollout.
///
/// @param id random, used in addresses
/// @param deployment key of the deployment
/// @param version the version that is rolled out
/// @param color the server that the deployment announces as its candidate; empty if it announces
///   none
/// @param policy the policy under which the rollout began
/// @param startedBy name of the token that started the rollout
public record RolloutOrder(
    String id,
    String deployment,
    String service,
    String env,
    String version,
    String color,
    RolloutPolicy policy,
    String startedBy,
    Instant startedAt) {
  public RolloutOrder {
    requireNonNull(id, "id is null");
    requireNonNull(deployment, "deployment is null");
    requireNonNull(service, "service is null");
    requireNonNull(env, "env is null");
    requireNonNull(version, "version is null");
    requireNonNull(color, "color is null");
    requireNonNull(policy, "policy is null");
    requireNonNull(startedBy, "startedBy is null");
    requireNonNull(startedAt, "startedAt is null");
  }
}
