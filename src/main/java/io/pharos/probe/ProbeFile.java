package io.pharos.probe;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.probe.expression.Expression;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads `probes/*.yml` strictly (docs/format/probes.md).
public final class ProbeFile {
  private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(30);
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_CONFIRM = 5;
  private static final Set<String> RESERVED_LABELS =
      Set.of("job", "instance", "probe", "phase", "step");

  private final CheckKeys keys;

  private ProbeFile(Path directory) {
    this.keys = new CheckKeys(directory);
  }

  /// Reads the probes of several files. Names must be unique in all files, and parents must exist.
  ///
  /// @return the enabled probes
  /// @throws ConfigException with every problem found
  public static List<ProbeConfig> readAll(List<Path> files) {
    var probes = new ArrayList<ProbeConfig>();
    var problems = new ArrayList<ConfigException.Problem>();
    var positions = new HashMap<String, String>();
    for (Path file : files) {
      try {
        probes.addAll(read(file));
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    for (ProbeConfig probe : probes) {
      String firstPosition = positions.putIfAbsent(probe.name(), probe.file() + ":" + probe.line());
      if (firstPosition != null) {
        problems.add(
            new ConfigException.Problem(
                probe.file(),
                probe.line(),
                0,
                "found name %s again, expected another name than that of %s"
                    .formatted(Quoted.of(probe.name()), firstPosition)));
      }
    }
    if (problems.isEmpty()) {
      problems.addAll(wrongParents(probes));
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return probes.stream().filter(ProbeConfig::enabled).toList();
  }

  /* A disabled parent is a problem too: it would never suppress anything. */
  private static List<ConfigException.Problem> wrongParents(List<ProbeConfig> probes) {
    var running = new HashSet<String>();
    probes.stream().filter(ProbeConfig::enabled).forEach(probe -> running.add(probe.name()));
    var problems = new ArrayList<ConfigException.Problem>();
    for (ProbeConfig probe : probes) {
      for (String parent : probe.alarming().parents()) {
        if (probe.enabled() && (!running.contains(parent) || parent.equals(probe.name()))) {
          problems.add(
              new ConfigException.Problem(
                  probe.file(),
                  probe.line(),
                  0,
                  "found parent %s of %s, expected the name of another probe that is enabled"
                      .formatted(Quoted.of(parent), Quoted.of(probe.name()))));
        }
      }
    }
    return problems;
  }

  /// Parses the probes of a text.
  ///
  /// @param name file name for error messages
  /// @param directory directory from which relative paths start
  /// @throws ConfigException with every problem found
  public static List<ProbeConfig> parse(String name, String text, Path directory) {
    return new ProbeFile(directory.toAbsolutePath().normalize()).probes(YamlFile.parse(name, text));
  }

  /// Reads the probes of one file; relative paths start at its directory.
  static List<ProbeConfig> read(Path file) {
    Path parent = file.toAbsolutePath().normalize().getParent();
    var reader = new ProbeFile(parent == null ? Path.of("/") : parent);
    return YamlFile.read(file, reader::probes);
  }

  private List<ProbeConfig> probes(YamlMap map) {
    var probes = new ArrayList<ProbeConfig>();
    var problems = new ArrayList<ConfigException.Problem>();
    for (YamlValue item : map.get("probes").map(YamlValue::asList).orElse(List.of())) {
      try {
        probes.add(probe(item.asMap()));
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    try {
      map.finish();
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return probes;
  }

  private ProbeConfig probe(YamlMap map) {
    String name = map.require("name").asString();
    Labels labels = labels(map);
    Optional<CronSchedule> cron = map.get("push").flatMap(push -> CheckReader.cron(push.asMap()));
    Duration interval =
        cron.map(CronSchedule::longest).orElseGet(() -> map.duration("interval", DEFAULT_INTERVAL));
    Duration timeout =
        map.duration(
            "timeout", DEFAULT_TIMEOUT.compareTo(interval) > 0 ? interval : DEFAULT_TIMEOUT);
    int confirm = map.integer("confirm", 0);
    if (confirm > MAX_CONFIRM) {
      throw map.require("confirm").error("expected at most " + MAX_CONFIRM + ", found " + confirm);
    }
    OutageCondition alarming = alarming(map);
    boolean enabled = map.bool("enabled", true);
    Optional<YamlValue> expectation = map.get("expect");
    if (map.get("push").isPresent()) {
      rejectKeysBesidePush(map, cron.isPresent());
    }
    Optional<YamlValue> secrets = map.get("secrets");
    ProbeCheck check;
    Expression expect = null;
    if (map.get("steps").isPresent()) {
      if (expectation.isPresent()) {
        throw expectation.get().error("found expect beside steps, expected it in each step");
      }
      new CheckReader(keys, KnownVariables.NONE).withPush(interval).rejectCheck(map);
      check = new SuiteReader(keys, timeout).read(map);
    } else {
      check = new CheckReader(keys, KnownVariables.NONE).withPush(interval).check(map, ", steps");
      if (secrets.isPresent()) {
        throw secrets.get().error("found secrets without steps; only steps use secrets");
      }
      expect =
          expectation.map(value -> CheckReader.expression(value, check, Set.of())).orElse(null);
    }
    try {
      return new ProbeConfig(
          map.file(),
          map.line(),
          name,
          labels,
          interval,
          timeout,
          confirm,
          check,
          expect,
          alarming,
          enabled);
    } catch (IllegalArgumentException e) {
      throw map.error(String.valueOf(e.getMessage()));
    }
  }

  /* Rejects keys that make no sense with push: the probe sends nothing, so timeouts and retries do
   * not apply. The interval is required, because it cannot be guessed. */
  private static void rejectKeysBesidePush(YamlMap map, boolean hasCron) {
    if (!hasCron) {
      map.require("interval");
    } else if (map.has("interval")) {
      throw map.require("interval").error("found interval beside cron, expected one of them");
    }
    for (String key : List.of("timeout", "confirm", "expect")) {
      if (map.get(key).isPresent()) {
        throw map.require(key).error("found " + key + " beside push, which sends no requests");
      }
    }
  }

  private static OutageCondition alarming(YamlMap map) {
    FailureThreshold down =
        map.get("down_after")
            .map(value -> value.parse("a count such as 3 or 3 of 5", FailureThreshold::parse))
            .orElse(FailureThreshold.ONE);
    int up = map.integer("up_after", 1, 1, FailureThreshold.MAX_RUNS);
    int quorum = map.integer("quorum", OutageCondition.DEFAULT_QUORUM, 1, 100);
    return new OutageCondition(down, up, map.strings("parents"), quorum);
  }

  /// Returns whether users may define a label with this name.
  static boolean isAllowedLabel(String label) {
    return LabelName.isLegacy(label) && !label.startsWith("__") && !RESERVED_LABELS.contains(label);
  }

  private static Labels labels(YamlMap map) {
    var labels = Labels.builder();
    map.stringMap("labels")
        .forEach(
            (name, value) -> {
              if (!isAllowedLabel(name)) {
                throw map.require("labels")
                    .error(
                        "found "
                            + Quoted.of(name)
                            + ", expected a label name other than job, instance, probe, phase, step");
              }
              labels.set(name, value);
            });
    return labels.build();
  }
}
