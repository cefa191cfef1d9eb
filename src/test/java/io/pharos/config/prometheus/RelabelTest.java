package io.pharos.config.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Labels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelabelTest {
  @TestFactory
  Stream<DynamicTest> apply_cases_asInTheFile() throws IOException {
    String text;
    try (InputStream in = RelabelTest.class.getResourceAsStream("/prometheus/relabel.yml")) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    return YamlFile.parse("relabel.yml", text).require("cases").asList().stream()
        .map(YamlValue::asMap)
        .map(
            item ->
                dynamicTest(
                    item.require("name").asString(),
                    () -> assertThat(apply(item)).isEqualTo(labels(item, "out"))));
  }

  private static Optional<Labels> apply(YamlMap item) {
    var problems = new Problems();
    List<RelabelConfig> steps = RelabelConfig.list(item, "steps", problems);
    problems.raise();
    return Relabel.apply(steps, labels(item, "in").orElseThrow());
  }

  private static Optional<Labels> labels(YamlMap item, String key) {
    return item.get(key).map(value -> Labels.of(value.asMap().toStringMap()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          {action: drop, source_labels: [instance], regex: x} ; true
          {target_label: zone, replacement: x} ; true
          {target_label: instance, replacement: x} ; false
          {target_label: "${1}nce", regex: (insta)} ; false
          {action: lowercase, source_labels: [a], target_label: job} ; false
          {action: labeldrop, regex: id} ; true
          {action: labeldrop, regex: "i.*"} ; false
          {action: labelkeep, regex: "instance|job|code"} ; true
          {action: labelkeep, regex: code} ; false
          {action: labelmap, regex: "x_(.+)"} ; false
          """)
  void leaves_labelsThatNoStepCanChange(String step, boolean left) {
    var problems = new Problems();
    YamlMap item = YamlFile.parse("relabel.yml", "steps: [" + step + "]");
    List<RelabelConfig> steps = RelabelConfig.list(item, "steps", problems);
    problems.raise();
    assertThat(steps.getFirst().preserves(List.of("instance", "job"))).isEqualTo(left);
  }

  @Test
  void apply_noSteps_givesTheSameObject() {
    Labels labels = Labels.of("a", "b");

    assertThat(Relabel.apply(List.of(), labels)).containsSame(labels);
  }
}
