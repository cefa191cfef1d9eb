package io.pharos.rules.slo;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Expr.VectorSelector;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads `slos/*.yml`. Accepts only the part of OpenSLO from which rules can be generated
/// (docs/format/slos.md). A file contains one document with one objective.
public final class SloFile {
  private static final String NAME = "[a-z0-9][a-z0-9-]{0,62}";

  private final Problems problems = new Problems();

  private SloFile() {}

  /// Reads files. Their objectives must have different names.
  ///
  /// @return the objectives, sorted by file name
  /// @throws ConfigException with every problem
  public static List<Slo> readAll(List<Path> files) {
    var problems = new Problems();
    var slos = new ArrayList<Slo>();
    Map<String, Path> names = new HashMap<>();
    for (Path file : files.stream().sorted().toList()) {
      problems.check(
          () -> {
            YamlMap map = YamlFile.read(file);
            Slo slo = read(map);
            Path earlier = names.putIfAbsent(slo.name(), file);
            if (earlier != null) {
              throw map.error(
                  "metadata.name: %s already has the name %s".formatted(earlier, slo.name()));
            }
            slos.add(slo);
          });
    }
    problems.raise();
    return List.copyOf(slos);
  }

  /// Parses the text of a file.
  ///
  /// @param name name of the text in error messages
  /// @throws ConfigException with every problem
  public static Slo parse(String name, String text) {
    return read(YamlFile.parse(name, text));
  }

  private static Slo read(YamlMap map) {
    return new SloFile().slo(map);
  }

  private Slo slo(YamlMap map) {
    requireValue(map, "apiVersion", "openslo/v1");
    requireValue(map, "kind", "SLO");
    String name = within(map, "metadata", this::metadata, "");
    @Nullable Slo slo = this.<@Nullable Slo>within(map, "spec", spec -> spec(name, spec), null);
    problems.check(map::finish);
    problems.raise();
    if (slo == null) {
      throw map.error("expected an objective, found none");
    }
    return slo;
  }

  private String metadata(YamlMap map) {
    String name = name(map);
    // The key displayName is accepted, because other tools use it.
    map.string("displayName", "");
    map.finish();
    return name;
  }

  private String name(YamlMap map) {
    YamlValue value = map.require("name");
    if (!value.asString().matches(NAME)) {
      throw value.error(
          "expected lower-case letters, digits and dashes, found \"%s\""
              .formatted(value.asString()));
    }
    return value.asString();
  }

  private Slo spec(String name, YamlMap map) {
    String description = map.string("description", "");
    String service = map.require("service").asString();
    requireValue(map, "budgetingMethod", "Occurrences");
    singleItem(
        map,
        "timeWindow",
        window -> {
          requireValue(window, "duration", "30d");
          requireValue(window, "isRolling", "true");
          window.finish();
          return "";
        },
        "");
    var signals = new ArrayList<Signal>();
    var names = new HashSet<String>();
    for (YamlValue item : indicators(map)) {
      problems.check(
          () -> {
            Signal signal = indicator(item.asMap());
            if (!names.add(signal.name())) {
              throw item.error("another indicator has the name " + signal.name());
            }
            signals.add(signal);
          });
    }
    BigDecimal target = singleItem(map, "objectives", this::objective, Slo.MIN_TARGET);
    map.finish();
    problems.raise();
    return new Slo(name, description, service, target, signals);
  }

  private List<YamlValue> indicators(YamlMap map) {
    if (map.has("indicator") == map.has("indicators")) {
      throw map.error("expected either indicator or indicators");
    }
    if (map.has("indicator")) {
      return List.of(map.require("indicator"));
    }
    List<YamlValue> items = map.require("indicators").asList();
    if (items.isEmpty()) {
      throw map.require("indicators").error("expected at least one indicator");
    }
    return items;
  }

  private BigDecimal objective(YamlMap map) {
    map.string("displayName", "");
    YamlValue value = map.require("target");
    BigDecimal target = value.parse("a share such as 0.995", BigDecimal::new);
    map.finish();
    if (target.compareTo(Slo.MIN_TARGET) < 0 || target.compareTo(BigDecimal.ONE) >= 0) {
      throw value.error(
          "expected a share from %s to below 1, found %s: lower targets can't reach a burn rate of 14.4"
              .formatted(Slo.MIN_TARGET, target));
    }
    return target;
  }

  private Signal indicator(YamlMap map) {
    String name = within(map, "metadata", this::metadata, "");
    @Nullable Signal signal =
        this.<@Nullable Signal>within(
            map,
            "spec",
            spec -> {
              @Nullable Signal read =
                  this.<@Nullable Signal>within(
                      spec, "ratioMetric", ratio -> ratio(name, ratio), null);
              spec.finish();
              return read;
            },
            null);
    map.finish();
    problems.raise();
    if (signal == null) {
      throw map.error("expected spec.ratioMetric, found none");
    }
    return signal;
  }

  private Signal ratio(String name, YamlMap map) {
    requireValue(map, "counter", "true");
    if (map.has("good") == map.has("bad")) {
      throw map.error("expected either good or bad");
    }
    boolean good = map.has("good");
    @Nullable Query part =
        this.<@Nullable Query>within(map, good ? "good" : "bad", this::query, null);
    @Nullable Query total = this.<@Nullable Query>within(map, "total", this::query, null);
    map.finish();
    problems.raise();
    if (part == null || total == null) {
      throw map.error("expected a query, found none");
    }
    if (!part.job().equals(total.job())) {
      throw part.value()
          .error(
              "expected the job of total, %s, found %s: both counters must be of one job"
                  .formatted(total.job(), part.job()));
    }
    total
        .bucket()
        .ifPresent(
            _ -> {
              throw total.value().error("expected a counter of all requests, found a bucket");
            });
    part.bucket().ifPresent(bound -> bucket(part.value(), bound, good));
    return new Signal(name, total.job(), total.text(), part.text(), good);
  }

  /* Refuses whole numbers: Prometheus 2 stores le="1", Prometheus 3 le="1.0". With one of the two,
   * such a matcher would select nothing, and nothing would report that. */
  private static void bucket(YamlValue value, String bound, boolean good) {
    if (!good) {
      throw value.error(
          "expected the key good instead of bad, because a bucket counts fast requests");
    }
    try {
      if (new BigDecimal(bound).stripTrailingZeros().scale() <= 0) {
        throw value.error(
            "le=\"%s\": expected a bucket with a fraction as its bound, such as 0.25 or 0.5,"
                    .formatted(bound)
                + " because Prometheus 2 and 3 write whole numbers differently");
      }
    } catch (NumberFormatException _) {
      throw value.error("le=\"%s\": expected the bound of a bucket, such as 0.5".formatted(bound));
    }
  }

  /// A query in the file.
  ///
  /// @param bucket the bound of the counted bucket; empty if the query does not select a bucket
  private record Query(YamlValue value, String text, String job, Optional<String> bucket) {}

  private Query query(YamlMap map) {
    @Nullable Query query =
        this.<@Nullable Query>within(
            map,
            "metricSource",
            source -> {
              requireValue(source, "type", "Prometheus");
              @Nullable Query read =
                  this.<@Nullable Query>within(source, "spec", this::selector, null);
              source.finish();
              return read;
            },
            null);
    map.finish();
    if (query == null) {
      throw map.error("expected metricSource.spec.query, found none");
    }
    return query;
  }

  private Query selector(YamlMap map) {
    YamlValue value = map.require("query");
    String text = value.asString().strip();
    map.finish();
    Expr parsed;
    try {
      parsed = PromqlParser.parse(text);
    } catch (ParseException e) {
      throw value.error(String.valueOf(e.getMessage()));
    }
    if (!(parsed instanceof VectorSelector selector)
        || selector.name().isEmpty()
        || !(text.endsWith("}") && !text.contains(" offset ") && !text.contains("@"))) {
      throw value.error(
          "expected only a metric with its matchers, such as"
              + " http_requests_total{job=\"shop\",status=~\"5..\"}: Pharos generates rates and sums");
    }
    return new Query(value, text, job(value, selector), bound(value, selector));
  }

  private static String job(YamlValue value, VectorSelector selector) {
    return selector
        .equal("job")
        .orElseThrow(
            () ->
                value.error(
                    "expected a matcher job=\"…\", found none: the job shows whether the counters are"
                        + " scraped"));
  }

  private static Optional<String> bound(YamlValue value, VectorSelector selector) {
    List<LabelMatcher> bounds =
        selector.matchers().stream().filter(matcher -> matcher.name().equals("le")).toList();
    if (bounds.isEmpty()) {
      if (selector.name().endsWith("_bucket")) {
        throw value.error("expected a matcher le=\"…\", found none");
      }
      return Optional.empty();
    }
    if (bounds.size() > 1 || bounds.getFirst().type() != LabelMatcher.Type.EQUAL) {
      throw value.error("expected one bucket, such as le=\"0.5\"");
    }
    return Optional.of(bounds.getFirst().value());
  }

  private void requireValue(YamlMap map, String key, String value) {
    problems.check(
        () -> {
          YamlValue found = map.require(key);
          if (!found.asString().equals(value)) {
            throw found.error("expected %s, found \"%s\"".formatted(value, found.asString()));
          }
        });
  }

  private interface Reader<T extends @Nullable Object> {
    T read(YamlMap map);
  }

  private <T extends @Nullable Object> T within(
      YamlMap map, String key, Reader<T> reader, T defaultValue) {
    return problems.read(() -> reader.read(map.require(key).asMap()), defaultValue);
  }

  private <T> T singleItem(YamlMap map, String key, Reader<T> reader, T defaultValue) {
    return problems.read(
        () -> {
          YamlValue value = map.require(key);
          List<YamlValue> items = value.asList();
          if (items.size() != 1) {
            throw value.error("expected one item, found " + items.size());
          }
          return reader.read(items.getFirst().asMap());
        },
        defaultValue);
  }
}
