package io.pharos.gate;

import io.pharos.gate.deployment.PolicySet;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The policies in force, at most one for each service and environment. Immutable.
public final class GatePolicies {
  private static final PolicySet.Parser<GatePolicy> FILE =
      (file, id, text) -> PolicyParser.parse(file, id, text, PolicyParser.Strictness.FILE);
  private static final PolicySet.Parser<GatePolicy> STORED =
      (file, id, text) -> PolicyParser.parse(file, id, text, PolicyParser.Strictness.STORED);

  private final PolicySet<GatePolicy> policies;

  private GatePolicies(PolicySet<GatePolicy> policies) {
    this.policies = policies;
  }

  public static GatePolicies none() {
    return new GatePolicies(PolicySet.none());
  }

  /// The policies of every `*.yml` and `*.yaml` in a directory; none where it does not exist.
  ///
  /// @throws ConfigException with every problem of every file
  public static GatePolicies read(Path directory) {
    return new GatePolicies(PolicySet.read(directory, FILE));
  }

  /// The policies of some files.
  ///
  /// @throws ConfigException with every problem of every file
  public static GatePolicies readAll(List<Path> files) {
    return new GatePolicies(PolicySet.readAll(files, FILE));
  }

  /// The policies of a text.
  ///
  /// @throws ConfigException with every problem
  public static GatePolicies parse(String id, String text) {
    return new GatePolicies(PolicySet.parse(id, text, FILE));
  }

  /// The policies of a text under which a gate was opened, maybe by an earlier Pharos.
  static GatePolicies stored(String id, String text) {
    return new GatePolicies(PolicySet.parse(id, text, STORED));
  }

  public Optional<GatePolicy> find(String service, String env) {
    return policies.find(service, env);
  }

  public List<GatePolicy> all() {
    return policies.all();
  }
}
