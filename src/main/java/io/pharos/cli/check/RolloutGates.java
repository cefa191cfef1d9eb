package io.pharos.cli.check;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.config.yaml.YamlFile;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.rollout.RolloutPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The gate policies that rollout policies need: without one a rollout would never shift traffic.
final class RolloutGates {
  private RolloutGates() {}

  /// Refuses rollout policies without a gate policy.
  ///
  /// @param files the files of the rollout policies
  /// @throws ConfigException with each such policy
  static void require(
      PolicySet<RolloutPolicy> rollouts, List<Path> files, PolicySet<GatePolicy> gates) {
    var missing = new ArrayList<Problem>();
    for (RolloutPolicy policy : rollouts.all()) {
      if (gates.find(policy.service(), policy.env()).isEmpty()) {
        Path file =
            files.stream()
                .filter(path -> String.valueOf(path.getFileName()).startsWith(policy.id() + "."))
                .findFirst()
                .orElseThrow();
        missing.add(
            new Problem(
                file.toString(),
                YamlFile.read(file).line("env"),
                0,
                ("%s in %s has no gate policy, which its rollouts need: expected"
                        + " one in --gates.dir")
                    .formatted(policy.service(), policy.env())));
      }
    }
    if (!missing.isEmpty()) {
      throw new ConfigException(missing);
    }
  }
}
