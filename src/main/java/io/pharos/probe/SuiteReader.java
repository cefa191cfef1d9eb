package io.pharos.probe;

import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import io.pharos.probe.expression.Expression;
import io.pharos.probe.expression.ExpressionException;
import io.pharos.probe.expression.ValuePath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Reads the steps of a suite.
final class SuiteReader {
  private static final int MAX_STEPS = 20;
  private static final List<String> SECRET_WORDS =
      List.of("password", "passwd", "token", "secret", "cookie", "session");

  private final CheckKeys keys;
  private final Map<String, Path> secrets = new LinkedHashMap<>();
  private final Duration timeout;

  /// Secrets, and the variables that earlier steps set.
  private final Set<String> definedNames = new LinkedHashSet<>();

  /// The variables in `definedNames` that are not secret, so that messages may contain their
  /// values.
  private final Set<String> visible = new LinkedHashSet<>();

  /// @param timeout total timeout of all steps
  SuiteReader(CheckKeys keys, Duration timeout) {
    this.keys = keys;
    this.timeout = timeout;
  }

  /// Reads the steps of a probe.
  ProbeCheck read(YamlMap probe) {
    YamlValue value = probe.require("steps");
    Map<String, String> files = probe.stringMap("secrets");
    files.forEach(
        (name, file) -> {
          checkName(probe.require("secrets"), name);
          secrets.put(name, keys.directory().resolve(file).normalize());
        });
    definedNames.addAll(secrets.keySet());
    List<YamlValue> items = value.asList();
    if (items.isEmpty() || items.size() > MAX_STEPS) {
      throw value.error("expected 1 to " + MAX_STEPS + " steps, found " + items.size());
    }
    var steps = new ArrayList<ProbeStep>();
    var names = new HashSet<String>();
    Duration sum = Duration.ZERO;
    for (YamlValue item : items) {
      ProbeStep step = step(item.asMap(), timeout.dividedBy(items.size()));
      if (!names.add(step.name())) {
        throw item.error(
            "found step " + Quoted.of(step.name()) + " twice, expected different names");
      }
      sum = sum.plus(step.timeout());
      steps.add(step);
    }
    if (sum.compareTo(timeout) > 0) {
      throw value.error(
          "expected timeouts of the steps whose sum is at most the timeout of the probe");
    }
    return new ProbeCheck.SuiteCheck(steps, secrets);
  }

  private ProbeStep step(YamlMap map, Duration defaultTimeout) {
    String name = map.require("name").asString();
    boolean always = map.bool("always", false);
    Duration stepTimeout = map.duration("timeout", defaultTimeout);
    var expectation = map.get("expect");
    var stored = map.get("store");
    var storedSecret = map.get("store_secret");
    ProbeCheck check = new CheckReader(keys, new KnownVariables(definedNames, true)).check(map, "");
    Expression expect =
        expectation.map(value -> CheckReader.expression(value, check, visible)).orElse(null);
    var store = new LinkedHashMap<String, ValuePath>();
    var secretPaths = new LinkedHashMap<String, ValuePath>();
    stored.ifPresent(value -> store(value, check, store));
    storedSecret.ifPresent(value -> store(value, check, secretPaths));
    for (String variable : store.keySet()) {
      String lower = variable.toLowerCase(Locale.ROOT);
      if (SECRET_WORDS.stream().anyMatch(lower::contains)) {
        throw map.require("store")
            .error(
                "found "
                    + Quoted.of(variable)
                    + ", expected a variable of this name in store_secret");
      }
    }
    visible.addAll(store.keySet());
    Set<String> names = Set.copyOf(secretPaths.keySet());
    store.putAll(secretPaths);
    if (stepTimeout.isZero()) {
      throw map.require("timeout").error("expected a timeout above 0");
    }
    return new ProbeStep(name, check, expect, store, names, always, stepTimeout);
  }

  private void store(YamlValue value, ProbeCheck check, Map<String, ValuePath> paths) {
    value
        .asMap()
        .toStringMap()
        .forEach(
            (name, text) -> {
              checkName(value, name);
              if (!definedNames.add(name)) {
                throw value.error(
                    "found the variable " + Quoted.of(name) + " twice, expected different names");
              }
              try {
                paths.put(name, ValuePath.parse(text, ProbeVariables.of(check, visible)));
              } catch (ExpressionException e) {
                throw value.error(
                    name + ": column " + e.column() + " of the path: " + e.getMessage());
              }
            });
  }

  private static void checkName(YamlValue value, String name) {
    boolean valid =
        !name.isEmpty()
            && name.length() <= 64
            && name.chars().allMatch(c -> c == '_' || (c < 0x80 && Character.isLetterOrDigit(c)))
            && !Character.isDigit(name.charAt(0));
    if (!valid) {
      throw value.error(
          "found "
              + Quoted.of(name)
              + ", expected a name of letters, digits and underscores that does not begin with a digit");
    }
  }
}
