package io.pharos.gate.deployment;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.PlainReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The policies of one kind, at most one for each service and environment. Immutable.
///
/// @param <P> the kind of policy
public final class PolicySet<P extends PolicySet.Policy> {
  /// A policy for one service in one environment.
  public interface Policy {
    /// Returns the name of the policy's file without its extension.
    String id();

    /// Returns the service.
    String service();

    /// Returns the environment.
    String env();
  }

  /// The format of policy files of one kind.
  ///
  /// @param <P> the kind of policy
  public interface Format<P extends Policy> {
    /// Parses the policies of a text, one for each environment that it names.
    ///
    /// @throws ConfigException with every problem
    List<P> policies(String file, String id, String text);

    /// Reads the policies of all `*.yml` and `*.yaml` files in a directory. Returns none if the
    /// directory does not exist.
    ///
    /// @throws ConfigException with every problem of every file
    default PolicySet<P> read(Path directory) {
      if (!Files.exists(directory)) {
        return none();
      }
      List<Path> files;
      try (Stream<Path> entries = Files.list(directory)) {
        files =
            entries
                .filter(
                    file -> file.toString().endsWith(".yml") || file.toString().endsWith(".yaml"))
                .sorted()
                .toList();
      } catch (IOException e) {
        throw new ConfigException(
            directory.toString(), 0, 0, "can't be read: " + PlainReason.of(e));
      }
      return readAll(files);
    }

    /// Reads the policies of files; throws [ConfigException] with every problem of every file.
    default PolicySet<P> readAll(List<Path> files) {
      var problems = new ArrayList<ConfigException.Problem>();
      var byTarget = new LinkedHashMap<Target, P>();
      for (Path file : files) {
        try {
          for (P policy : ofFile(file)) {
            P other = byTarget.put(new Target(policy.service(), policy.env()), policy);
            if (other != null) {
              problems.add(
                  new ConfigException.Problem(
                      file.toString(),
                      YamlFile.read(file).line("env"),
                      0,
                      policy.service()
                          + " in "
                          + policy.env()
                          + " already has a policy in "
                          + other.id()
                          + ": expected at most one policy for each service and environment"));
            }
          }
        } catch (ConfigException e) {
          problems.addAll(e.problems());
        }
      }
      if (!problems.isEmpty()) {
        throw new ConfigException(problems);
      }
      return new PolicySet<>(byTarget);
    }

    private List<P> ofFile(Path file) {
      String name = String.valueOf(file.getFileName());
      int dot = name.lastIndexOf('.');
      String id = dot > 0 ? name.substring(0, dot) : name;
      return YamlFile.parsed(file, text -> policies(file.toString(), id, text));
    }

    /// Parses the policies of a text; throws [ConfigException] with every problem.
    default PolicySet<P> parse(String id, String text) {
      var byTarget = new LinkedHashMap<Target, P>();
      for (P policy : policies(id + ".yml", id, text)) {
        byTarget.put(new Target(policy.service(), policy.env()), policy);
      }
      return new PolicySet<>(byTarget);
    }
  }

  private record Target(String service, String env) {}

  private final Map<Target, P> byTarget;

  private PolicySet(Map<Target, P> byTarget) {
    this.byTarget = new LinkedHashMap<>(byTarget);
  }

  /// Returns a set without policies.
  public static <P extends Policy> PolicySet<P> none() {
    return new PolicySet<>(Map.of());
  }

  /// Reads the value of `env` in a policy: one environment, or a list of them.
  public static List<String> envs(YamlMap map) {
    YamlValue value = map.require("env");
    List<YamlValue> values = value.isList() ? value.asList() : List.of(value);
    List<String> envs = values.stream().map(YamlValue::asString).distinct().toList();
    if (envs.isEmpty()) {
      throw value.error("expected at least one environment");
    }
    return envs;
  }

  /// Returns the policy of a service in an environment; empty if there is none.
  public Optional<P> find(String service, String env) {
    return Optional.ofNullable(byTarget.get(new Target(service, env)));
  }

  /// Returns all policies, in the order of the files.
  public List<P> all() {
    return List.copyOf(byTarget.values());
  }
}
