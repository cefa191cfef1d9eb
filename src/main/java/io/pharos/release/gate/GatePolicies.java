package io.pharos.release.gate;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The policies in force, at most one for each service and environment. Immutable.
public final class GatePolicies {
  private record Target(String service, String env) {}

  private final Map<Target, GatePolicy> byTarget;

  private GatePolicies(Map<Target, GatePolicy> byTarget) {
    this.byTarget = new LinkedHashMap<>(byTarget);
  }

  public static GatePolicies none() {
    return new GatePolicies(Map.of());
  }

  /// The policies of every `*.yml` and `*.yaml` in a directory; none where it does not exist.
  ///
  /// @throws ConfigException with every problem of every file
  public static GatePolicies read(Path directory) {
    if (!Files.exists(directory)) {
      return none();
    }
    List<Path> files;
    try (Stream<Path> entries = Files.list(directory)) {
      files =
          entries
              .filter(file -> file.toString().endsWith(".yml") || file.toString().endsWith(".yaml"))
              .sorted()
              .toList();
    } catch (IOException e) {
      throw new ConfigException(directory.toString(), 0, 0, "can't be read: " + e);
    }
    return readAll(files);
  }

  /// The policies of some files.
  ///
  /// @throws ConfigException with every problem of every file
  public static GatePolicies readAll(List<Path> files) {
    var problems = new ArrayList<ConfigException.Problem>();
    var byTarget = new LinkedHashMap<Target, GatePolicy>();
    for (Path file : files) {
      try {
        for (GatePolicy policy : parse(file)) {
          GatePolicy other = byTarget.put(new Target(policy.service(), policy.env()), policy);
          if (other != null) {
            problems.add(
                new ConfigException.Problem(
                    file.toString(),
                    YamlFile.read(file).line("env"),
                    0,
                    policy.service()
                        + " in "
                        + policy.env()
                        + " has a policy already, in "
                        + other.id()
                        + ": expected one for each service and environment"));
          }
        }
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return new GatePolicies(byTarget);
  }

  private static List<GatePolicy> parse(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    try {
      return PolicyParser.parse(
          file.toString(),
          dot > 0 ? name.substring(0, dot) : name,
          Files.readString(file),
          PolicyParser.Strictness.FILE);
    } catch (IOException e) {
      throw new ConfigException(file.toString(), 0, 0, "can't be read: " + e);
    }
  }

  /// The policies of a text.
  ///
  /// @throws ConfigException with every problem
  public static GatePolicies parse(String id, String text) {
    return parse(id, text, PolicyParser.Strictness.FILE);
  }

  /// The policies of a text under which a gate was opened, maybe by an earlier Pharos.
  static GatePolicies stored(String id, String text) {
    return parse(id, text, PolicyParser.Strictness.STORED);
  }

  private static GatePolicies parse(String id, String text, PolicyParser.Strictness strictness) {
    var byTarget = new LinkedHashMap<Target, GatePolicy>();
    for (GatePolicy policy : PolicyParser.parse(id + ".yml", id, text, strictness)) {
      byTarget.put(new Target(policy.service(), policy.env()), policy);
    }
    return new GatePolicies(byTarget);
  }

  public Optional<GatePolicy> find(String service, String env) {
    return Optional.ofNullable(byTarget.get(new Target(service, env)));
  }

  public List<GatePolicy> all() {
    return List.copyOf(byTarget.values());
  }
}
