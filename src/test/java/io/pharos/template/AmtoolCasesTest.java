package io.pharos.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/// Compares the interpreter with Alertmanager's: a table of templates with the output of amtool,
/// and amtool itself if it is installed.
class AmtoolCasesTest {
  private static final Path RESOURCES = Path.of("src/test/resources/template");
  private static final Path AMTOOL = Path.of("/usr/bin/amtool");
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private record Case(boolean html, String template, Optional<String> output) {
    String title() {
      String line = template.replace('\n', ' ');
      return (html ? "html " : "text ") + (line.length() > 90 ? line.substring(0, 90) + "…" : line);
    }
  }

  private static List<Case> cases(String name) throws IOException {
    String file = Files.readString(RESOURCES.resolve(name));
    var cases = new ArrayList<Case>();
    for (String part : file.split("(?m)^#### ")) {
      boolean html = part.startsWith("html\n");
      if (!html && !part.startsWith("text\n")) {
        continue;
      }
      String body = part.substring(5);
      int output = body.indexOf("\n=> ");
      if (output >= 0) {
        cases.add(
            new Case(
                html,
                body.substring(0, output),
                Optional.of(body.substring(output + 4, body.length() - 1))));
      } else {
        cases.add(new Case(html, body.substring(0, body.indexOf("\n!!")), Optional.empty()));
      }
    }
    return cases;
  }

  @TestFactory
  Stream<DynamicTest> interpreter_equalsAmtool() throws IOException {
    AlertmanagerData data = data();
    List<Case> cases = cases("amtool.cases");
    assertThat(cases).hasSizeGreaterThanOrEqualTo(200);
    return cases.stream()
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.title(),
                    () -> {
                      if (one.output().isPresent()) {
                        assertThat(render(one, TemplateSet.empty(), data))
                            .isEqualTo(one.output().get());
                      } else {
                        assertThatThrownBy(() -> render(one, TemplateSet.empty(), data))
                            .isInstanceOf(TemplateException.class)
                            .hasMessageStartingWith("template: case:");
                      }
                    }));
  }

  /// Without a pharos.yml, the default texts equal Alertmanager's exactly.
  @TestFactory
  Stream<DynamicTest> alertmanagersDefaults_equalItsOwn() throws IOException {
    AlertmanagerData data = data();
    TemplateSet defaults = TemplateSet.empty();
    for (String file : List.of("default.tmpl", "alertmanager.tmpl")) {
      String text =
          Files.readString(Path.of("src/main/resources/io/pharos/alerting/message").resolve(file));
      defaults = defaults.with(file, text, AlertmanagerFunctions.all());
    }
    TemplateSet all = defaults;
    return cases("defaults.cases").stream()
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.title(),
                    () ->
                        assertThat(render(one, all, data)).isEqualTo(one.output().orElseThrow())));
  }

  private static String render(Case one, TemplateSet set, AlertmanagerData data) {
    var template = Template.parse("case", one.template(), AlertmanagerFunctions.all(), set);
    var context = new AlertmanagerFunctions.Context(NOW, Map.of());
    return one.html() ? template.executeHtml(data, context) : template.execute(data, context);
  }

  /// The committed outputs equal amtool's.
  @Tag("peer")
  @TestFactory
  Stream<DynamicTest> amtool_equalsTheCommittedOutput() throws IOException {
    assumeTrue(Files.isExecutable(AMTOOL), "skipped: " + AMTOOL + " is not installed");
    return cases("amtool.cases").stream()
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.title(), () -> assertThat(amtool(one)).isEqualTo(one.output())));
  }

  private static Optional<String> amtool(Case one) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                AMTOOL.toString(),
                "template",
                "render",
                "--template.glob=" + RESOURCES.resolve("none/*.tmpl"),
                "--template.type=" + (one.html() ? "html" : "text"),
                "--template.data=" + RESOURCES.resolve("data.json"),
                "--template.text=" + one.template())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return process.exitValue() == 0 ? Optional.of(output) : Optional.empty();
  }

  static AlertmanagerData data() throws IOException {
    JsonNode json = new ObjectMapper().readTree(RESOURCES.resolve("data.json").toFile());
    var alerts = new ArrayList<AlertmanagerData.Alert>();
    for (JsonNode alert : json.get("alerts")) {
      boolean firing = alert.get("status").asText().equals("firing");
      alerts.add(
          new AlertmanagerData.Alert(
              firing,
              keyValues(alert.get("labels")),
              keyValues(alert.get("annotations")),
              time(alert.get("startsAt")),
              firing ? null : time(alert.get("endsAt")),
              alert.get("generatorURL").asText(),
              alert.get("fingerprint").asText()));
    }
    return new AlertmanagerData(
        json.get("receiver").asText(),
        alerts,
        keyValues(json.get("groupLabels")),
        json.get("externalURL").asText(),
        "",
        KeyValues.of(Map.of()));
  }

  private static OffsetDateTime time(JsonNode node) {
    return OffsetDateTime.parse(node.asText());
  }

  private static KeyValues keyValues(JsonNode node) {
    var map = new TreeMap<String, String>();
    node.properties().forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
    return KeyValues.of(map);
  }
}
