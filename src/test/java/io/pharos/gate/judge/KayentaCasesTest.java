package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.DoublePredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The numeric cases of Kayenta's own tests, and three from its code.
class KayentaCasesTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("pharos.conformance", "../shared/conformance"))
          .resolve("gate/judge_cases.json");

  @TestFactory
  Stream<DynamicTest> goldenCases() throws IOException {
    if (!Files.exists(GOLDEN)) {
      return Stream.of(
          DynamicTest.dynamicTest(
              GOLDEN + " is absent", () -> Assumptions.abort(GOLDEN + " is absent")));
    }
    JsonNode file = new ObjectMapper().readTree(GOLDEN.toFile());
    var all = new ArrayList<JsonNode>();
    file.path("cases").forEach(all::add);
    file.path("derived").path("cases").forEach(all::add);
    assertThat(all).hasSize(98);
    return all.stream()
        .map(golden -> DynamicTest.dynamicTest(golden.path("name").asText(), () -> verify(golden)));
  }

  private static void verify(JsonNode golden) {
    double[] control = values(golden.path("control"));
    double[] experiment = values(golden.path("experiment"));
    JsonNode params = golden.path("params");
    JsonNode expected = golden.path("expected");
    switch (golden.path("kind").asText()) {
      case "classify" -> classify(control, experiment, params, expected);
      case "wilcoxon_diff" ->
          near(
              new MannWhitney(experiment, control, 1e-4)
                  .z(params.path("mu").asDouble(), params.path("quantile").asDouble()),
              expected,
              "z",
              "abs_tol");
      case "mann_whitney_ci" -> {
        var shift =
            new MannWhitney(experiment, control, 1e-4).shift(params.path("confLevel").asDouble());
        near(shift.low(), expected, "ciLow", "ci_abs_tol");
        near(shift.high(), expected, "ciHigh", "ci_abs_tol");
        near(shift.estimate(), expected, "estimate", "estimate_abs_tol");
      }
      case "mann_whitney_intermediates" -> intermediates(control, experiment, params, expected);
      case "normal_quantile" ->
          near(
              MannWhitney.NORMAL.inverseCumulativeProbability(params.path("p").asDouble()),
              expected,
              "z",
              "abs_tol");
      case "effect_size" ->
          near(
              switch (params.path("measure").asText()) {
                case "meanRatio" -> Kayenta.meanRatio(control, experiment);
                case "cles" -> MannWhitney.superiority(experiment, control);
                case "cohenD" -> Kayenta.cohenD(control, experiment);
                default -> throw new AssertionError(params);
              },
              expected,
              "value",
              "abs_tol");
      case "percentile_R7" ->
          near(
              Kayenta.percentile(experiment, params.path("p").asDouble()),
              expected,
              "value",
              "abs_tol");
      case "summary" -> {
        assertThat(Arrays.stream(experiment).min().orElse(0))
            .isEqualTo(expected.path("min").asDouble());
        assertThat(Arrays.stream(experiment).max().orElse(0))
            .isEqualTo(expected.path("max").asDouble());
        assertThat(Kayenta.mean(experiment)).isEqualTo(expected.path("mean").asDouble());
        assertThat(experiment.length).isEqualTo(expected.path("count").asInt());
        near(Kayenta.deviation(experiment), expected, "std", "std_abs_tol");
      }
      case "outlier_detect" ->
          assertThat(
                  IntStream.range(0, experiment.length)
                      .filter(i -> outlier(experiment, params).test(experiment[i])))
              .containsExactlyElementsOf(
                  Arrays.stream(values(expected.path("outlier_index")))
                      .mapToObj(index -> (int) index)
                      .toList());
      case "transform" ->
          assertThat(transform(experiment, params)).isEqualTo(values(expected.path("values")));
      case "score" -> score(params, expected);
      case "aggregate" ->
          assertThat(
                  Kayenta.passes(
                      params.path("finalScore").asDouble(),
                      number(params.path("marginal")),
                      number(params.path("pass"))))
              .isEqualTo(expected.path("didPass").asBoolean());
      default -> throw new AssertionError(golden);
    }
  }

  private static void classify(
      double[] control, double[] experiment, JsonNode params, JsonNode expected) {
    if (params.path("classifier").asText().equals("mean_inequality")) {
      assertThat(Kayenta.meanInequality(control, experiment).text)
          .isEqualTo(expected.path("classification").asText());
      return;
    }
    boolean replace = params.path("nanStrategy").asText().equals("replace");
    boolean cles = params.path("effectSizeMeasure").asText().equals("cles");
    double by = cles ? 0.5 : 1;
    String direction = params.path("direction").asText();
    var metric =
        new Kayenta.Metric(
            params.path("tolerance").asDouble(),
            params.path("confLevel").asDouble(),
            cles,
            params.path("allowedIncrease").asDouble(by),
            params.path("allowedDecrease").asDouble(by),
            params.path("criticalIncrease").asDouble(by),
            params.path("criticalDecrease").asDouble(by),
            !direction.equals("decrease"),
            !direction.equals("increase"),
            replace,
            params.path("critical").asBoolean(),
            params.path("mustHaveData").asBoolean());
    var judged =
        Kayenta.mannWhitney(
            replace ? Kayenta.replaceNaN(control, 0) : Kayenta.removeNaN(control),
            replace ? Kayenta.replaceNaN(experiment, 0) : Kayenta.removeNaN(experiment),
            metric);
    assertThat(judged.reason()).isNotEmpty();
    if (expected.has("classification")) {
      assertThat(judged.found().text).isEqualTo(expected.path("classification").asText());
    }
    if (expected.has("critical")) {
      assertThat(judged.critical()).isEqualTo(expected.path("critical").asBoolean());
    }
    if (expected.has("deviation")) {
      assertThat(judged.deviation())
          .isEqualTo((Double) expected.path("deviation").asDouble(Double.NaN));
    }
    if (expected.has("scoreIfOnlyMetric")) {
      assertThat(
              Kayenta.score(
                      List.of(
                          new Kayenta.Scored(judged.found(), judged.critical(), List.of("only"))),
                      new LinkedHashMap<>())
                  .summary())
          .isEqualTo(expected.path("scoreIfOnlyMetric").asDouble());
    }
  }

  private static void intermediates(
      double[] control, double[] experiment, JsonNode params, JsonNode expected) {
    var test = new MannWhitney(experiment, control, 1e-4);
    double level = params.path("confLevel").asDouble();
    double upper = MannWhitney.NORMAL.inverseCumulativeProbability((1 + level) / 2);
    near(test.lowest(), expected, "rMumin", "abs_tol");
    near(test.highest(), expected, "rMumax", "abs_tol");
    near(upper, expected, "rZqLower", "abs_tol");
    near(-upper, expected, "rZqUpper", "abs_tol");
    near(test.z(test.lowest(), upper), expected, "rFlower1", "abs_tol");
    near(test.z(test.highest(), upper), expected, "rFupper1", "abs_tol");
    near(test.z(test.lowest(), -upper), expected, "rFlower2", "abs_tol");
    near(test.z(test.highest(), -upper), expected, "rFupper2", "abs_tol");
    MannWhitney.Shift shift = test.shift(level);
    near(shift.low(), expected, "rCil", "abs_tol");
    near(shift.high(), expected, "rCiu", "abs_tol");
    near(shift.estimate(), expected, "rEst", "abs_tol");
  }

  private static DoublePredicate outlier(double[] values, JsonNode params) {
    return params.path("detector").asText().equals("ksigma")
        ? Kayenta.kSigma(values, params.path("k").asDouble())
        : Kayenta.iqr(
            values, params.path("factor").asDouble(), params.path("reduceSensitivity").asBoolean());
  }

  private static double[] transform(double[] values, JsonNode params) {
    return switch (params.path("op").asText()) {
      case "remove_nan" -> Kayenta.removeNaN(values);
      case "replace_nan" -> Kayenta.replaceNaN(values, params.path("value").asDouble());
      case "remove_outliers" ->
          Arrays.stream(values).filter(outlier(values, params).negate()).toArray();
      default -> throw new AssertionError(params);
    };
  }

  private static void score(JsonNode params, JsonNode expected) {
    var metrics = new ArrayList<Kayenta.Scored>();
    for (JsonNode metric : params.path("metrics")) {
      var groups = new ArrayList<String>();
      metric.path("groups").forEach(group -> groups.add(group.asText()));
      String text = metric.path("classification").asText();
      metrics.add(
          new Kayenta.Scored(
              Arrays.stream(Kayenta.Class.values())
                  .filter(it -> it.text.equals(text))
                  .findFirst()
                  .orElseThrow(),
              metric.path("critical").asBoolean(),
              groups));
    }
    var weights = new LinkedHashMap<String, Double>();
    params
        .path("groupWeights")
        .properties()
        .forEach(entry -> weights.put(entry.getKey(), entry.getValue().asDouble()));
    var scores = Kayenta.score(metrics, weights);
    assertThat(scores.summary()).isEqualTo(expected.path("summaryScore").asDouble());
    if (expected.has("groupScoresSorted")) {
      assertThat(scores.groups())
          .containsExactlyElementsOf(
              Arrays.stream(values(expected.path("groupScoresSorted"))).boxed().toList());
    }
  }

  private static @org.jspecify.annotations.Nullable Double number(JsonNode node) {
    return node.isNumber() ? node.asDouble() : null;
  }

  private static void near(double found, JsonNode expected, String key, String tolerance) {
    double wanted = expected.path(key).asDouble(Double.NaN);
    if (Double.isNaN(wanted)) {
      assertThat(found).as(key).isNaN();
    } else {
      assertThat(found)
          .as(key)
          .isCloseTo(wanted, within(Math.max(expected.path(tolerance).asDouble(), 1e-12)));
    }
  }

  private static double[] values(JsonNode array) {
    var values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asDouble(Double.NaN);
    }
    return values;
  }
}
