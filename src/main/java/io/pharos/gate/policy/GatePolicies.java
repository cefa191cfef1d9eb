package io.pharos.gate.policy;

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

  /// Returns a set without policies.
  public static GatePolicies none() {
    return new GatePolicies(PolicySet.none());
  }

  /// Reads the policies of all `*.yml` and `*.yaml` files in a directory; none if it does not
  /// exist.
  ///
  /// @throws ConfigException with every problem of every file
  public static GatePolicies read(Path directory) {
    return new GatePolicies(PolicySet.read(directory, FILE));
  }

  /// Reads the policies of files.
  ///
  /// @throws ConfigException with every problem of every file
  public static GatePolicies readAll(List<Path> files) {
    return new GatePolicies(PolicySet.readAll(files, FILE));
  }

  /// Parses the policies of a text.
  ///
  /// @throws ConfigException with every problem
  public static GatePolicies parse(String id, String text) {
    return new GatePolicies(PolicySet.parse(id, text, FILE));
  }

  /// Parses the text of a policy that a gate was opened under, maybe by an older version of Pharos.
  public static GatePolicies stored(String id, String text) {
    return new GatePolicies(PolicySet.parse(id, text, STORED));
  }

  /// Returns the policy of a service in an environment; empty if there is none.
  public Optional<GatePolicy> find(String service, String env) {
    return policies.find(service, env);
  }

  /// Returns all policies, in the order of the files.
  public List<GatePolicy> all() {
    return policies.all();
  }
}
