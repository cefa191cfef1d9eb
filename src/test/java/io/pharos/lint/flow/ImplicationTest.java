package io.pharos.lint.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.lint.RuleIndex;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.storage.InMemoryStorage;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// If one condition implies another, the engine returns the second whenever it returns the first,
/// on any data.
class ImplicationTest {
  private static final int PAIRS = 20_000;
  private static final long TIME = 1_000_000;

  private final Random random = new Random(12);

  private String pick(String... texts) {
    return texts[random.nextInt(texts.length)];
  }

  private String matchers() {
    return pick(
        "",
        "",
        "",
        "{x=\"1\"}",
        "{x=~\"1|2\"}",
        "{y!=\"\"}",
        "{x=\"1\",y=\"2\"}",
        "{x!=\"1\"}",
        "{y=\"1\"}");
  }

  private String selector() {
    return pick("m", "n") + matchers();
  }

  private String vector(int depth) {
    if (depth == 0) {
      return selector();
    }
    return switch (random.nextInt(9)) {
      case 0 -> "sum by (x) (" + vector(depth - 1) + ")";
      case 1 -> "count without (y) (" + vector(depth - 1) + ")";
      case 2 -> "(" + vector(depth - 1) + pick(" / ", " - ", " + ") + vector(depth - 1) + ")";
      case 3 -> "abs(" + vector(depth - 1) + ")";
      case 4 -> pick("max", "last", "sum") + "_over_time(" + selector() + "[5m])";
      case 5 -> vector(depth - 1) + " * 2";
      case 6 -> "-" + selector();
      default -> selector();
    };
  }

  private String condition(int depth) {
    if (depth > 0) {
      switch (random.nextInt(8)) {
        case 0:
          return "(" + condition(depth - 1) + ") and (" + condition(depth - 1) + ")";
        case 1:
          return "(" + condition(depth - 1) + ") or (" + condition(depth - 1) + ")";
        case 2:
          return "(" + condition(depth - 1) + ") unless (" + condition(depth - 1) + ")";
        case 3:
          return "(" + condition(depth - 1) + ") and on (x) (" + condition(depth - 1) + ")";
        default:
          break;
      }
    }
    String compared = vector(random.nextInt(3)) + comparison();
    return random.nextInt(4) == 0 ? "(" + compared + ")" + comparison() : compared;
  }

  private String comparison() {
    return pick(" > ", " >= ", " < ", " <= ", " == ", " != ") + random.nextInt(5);
  }

  /* Another expression, or the same one with a part of the text changed. */
  private String variant(String text) {
    String changed = text;
    for (int i = random.nextInt(3); i >= 0; i--) {
      changed =
          switch (random.nextInt(6)) {
            case 0 -> changed.replaceFirst("\\b([mn])\\b(?!\\{)", "$1" + matchers());
            case 1 -> changed.replaceFirst("\\{[^}]*}", "");
            case 2 -> changed.replaceFirst("[<>=!]=?( [0-4])", pick(">", ">=", "<", "<=") + "$1");
            case 3 -> changed.replaceFirst("([<>=]) [0-4]", "$1 " + random.nextInt(5));
            case 4 -> "(" + changed + pick(") and (", ") unless (", ") or (") + condition(0) + ")";
            default -> random.nextInt(4) == 0 ? condition(1) : changed;
          };
    }
    return changed;
  }

  private InMemoryStorage data() {
    var storage = new InMemoryStorage();
    var appender = storage.appender();
    for (String metric : List.of("m", "n")) {
      for (String x : List.of("1", "2", "3")) {
        for (String y : List.of("", "1", "2")) {
          for (long time : List.of(TIME - 60_000, TIME)) {
            if (random.nextInt(4) > 0) {
              appender.append(
                  Labels.of("__name__", metric, "x", x, "y", y), time, random.nextInt(6));
            }
          }
        }
      }
    }
    appender.commit();
    return storage;
  }

  private static Optional<Set<Labels>> series(Engine engine, String text) {
    try {
      var all = new HashSet<Labels>();
      if (engine.instant(text, TIME).value() instanceof InstantVector vector) {
        for (int i = 0; i < vector.size(); i++) {
          all.add(vector.labels(i).withoutMetricName());
        }
      }
      return Optional.of(all);
    } catch (QueryException _) { // series that match many to many
      return Optional.empty();
    }
  }

  @Test
  void whatHolds_isGivenByTheEngineToo() {
    var implication = new Implication(new ValueFlow(new RuleIndex(List.of())));
    int held = 0;
    int shown = 0;
    Engine engine = null;
    for (int i = 0; i < PAIRS; i++) {
      if (i % 500 == 0) {
        engine =
            new Engine(
                data(), EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
      }
      String wide = condition(1);
      String narrow = variant(wide);
      var one = PromqlParser.parse(narrow, ParserOptions.defaults()).withoutSpans();
      var other = PromqlParser.parse(wide, ParserOptions.defaults()).withoutSpans();
      if (one.equals(other) || !implication.holds(one, other)) {
        continue;
      }
      held++;
      Optional<Set<Labels>> given = series(engine, narrow);
      Optional<Set<Labels>> needed = series(engine, wide);
      if (given.isPresent() && needed.isPresent()) {
        shown += given.get().isEmpty() ? 0 : 1;
        assertThat(needed.get()).as("%s implies %s", narrow, wide).containsAll(given.get());
      }
    }

    assertThat(held).isGreaterThan(2000);
    assertThat(shown).as("of %s with series", held).isGreaterThan(500);
  }
}
