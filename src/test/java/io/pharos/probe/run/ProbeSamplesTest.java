package io.pharos.probe.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeObservations;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.RequestPhase;
import io.pharos.trouble.FailureOrigin;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeSamplesTest {
  private static final String HTTP = "http: {url: 'https://h.example/'}";
  private static final ProbeOutcome FAILURE = new ProbeOutcome.Failure("no");
  private static final ProbeOutcome UNKNOWN =
      new ProbeOutcome.Unknown(FailureOrigin.Kind.DESCRIPTORS, "own trouble");

  private static ProbeSamples samples(String check) {
    return new ProbeSamples(
        ProbeFile.parse("p.yml", "probes:\n- name: p\n" + check.indent(2), Path.of("")).getFirst());
  }

  private static ProbeResult result(ProbeOutcome outcome, ProbeObservations seen) {
    return new ProbeResult("p", Instant.EPOCH, Duration.ofMillis(1500), outcome, 1, seen);
  }

  private static Map<Labels, Double> of(
      String check, ProbeOutcome outcome, ProbeObservations seen) {
    return samples(check).of(result(outcome, seen));
  }

  private static List<String> names(Map<Labels, Double> samples) {
    return samples.keySet().stream()
        .map(labels -> labels.get(Labels.METRIC_NAME))
        .distinct()
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tcp: {host: h, port: 1} | h:1",
        "udp: {host: h, port: 1, send: x} | h:1",
        "icmp: {host: h} | h",
        "dns: {server: h, name: a.example} | h:53",
        "tls: {host: h, port: 1} | h:1",
        "ssh: {host: h} | h:22",
        "postgres: {host: h, user: u} | h:5432",
        "redis: {host: h} | h:6379",
        "'steps: [{name: x, tcp: {host: h, port: 1}}]' | h:1",
      })
  void result_ofWhatIsNotHttp_hasNoSamplesOfHttp(String check, String instance) {
    Map<Labels, Double> samples = of(check, new ProbeOutcome.Success(), ProbeObservations.NONE);

    assertThat(names(samples))
        .containsExactly(
            "probe_success",
            "probe_duration_seconds",
            "probe_dns_lookup_time_seconds",
            "probe_failed_due_to_assertion");
    assertThat(samples.keySet())
        .allSatisfy(
            labels -> {
              assertThat(labels.get("job")).isEqualTo("probe");
              assertThat(labels.get("probe")).isEqualTo("p");
              assertThat(labels.get("instance")).isEqualTo(instance);
            });
  }

  @ParameterizedTest
  @CsvSource({"true, 1", "false, 0"})
  void result_ofHttp_saysStatusAndWhetherItWasTls(boolean tls, double expected) {
    var seen =
        new ProbeObservations(
            503,
            Map.of(RequestPhase.CONNECT, Duration.ofMillis(250)),
            null,
            tls,
            true,
            Map.of(),
            List.of(),
            Map.of());
    Labels base = samples(HTTP).labels();

    assertThat(of(HTTP, FAILURE, seen))
        .containsEntry(base.with(Labels.METRIC_NAME, "probe_success"), 0.0)
        .containsEntry(base.with(Labels.METRIC_NAME, "probe_duration_seconds"), 1.5)
        .containsEntry(base.with(Labels.METRIC_NAME, "probe_failed_due_to_assertion"), 1.0)
        .containsEntry(base.with(Labels.METRIC_NAME, "probe_http_status_code"), 503.0)
        .containsEntry(base.with(Labels.METRIC_NAME, "probe_http_ssl"), expected)
        .containsEntry(
            base.with(Labels.METRIC_NAME, "probe_http_duration_seconds").with("phase", "connect"),
            0.25);
  }

  @Test
  void result_unknown_hasNoSamples() {
    assertThat(of(HTTP, UNKNOWN, ProbeObservations.NONE)).isEmpty();
  }

  @Test
  void info_isOfSuccessesOnly() {
    var seen =
        new ProbeObservations(
            200, Map.of(), null, false, false, Map.of(), List.of(), Map.of("version", "1.2"));
    Labels info =
        samples(HTTP).labels().with(Labels.METRIC_NAME, "probe_info").with("version", "1.2");

    assertThat(of(HTTP, new ProbeOutcome.Success(), seen)).containsEntry(info, 1.0);
    assertThat(names(of(HTTP, FAILURE, seen))).doesNotContain("probe_info");
    assertThat(names(of(HTTP, new ProbeOutcome.Success(), ProbeObservations.NONE)))
        .doesNotContain("probe_info");
  }

  @Test
  void steps_unknown_haveNoSamples() {
    String suite = "steps: [{name: x, tcp: {host: h, port: 1}}]";
    var steps =
        List.of(
            new ProbeObservations.Step("good", Duration.ofMillis(500), new ProbeOutcome.Success()),
            new ProbeObservations.Step("bad", Duration.ZERO, FAILURE),
            new ProbeObservations.Step("own", Duration.ZERO, UNKNOWN));
    var seen = new ProbeObservations(0, Map.of(), null, false, false, Map.of(), steps, Map.of());
    Labels base = samples(suite).labels();
    Labels success = base.with(Labels.METRIC_NAME, "probe_step_success");

    Map<Labels, Double> samples = of(suite, FAILURE, seen);

    assertThat(samples)
        .containsEntry(success.with("step", "good"), 1.0)
        .containsEntry(success.with("step", "bad"), 0.0)
        .containsEntry(
            base.with(Labels.METRIC_NAME, "probe_step_duration_seconds").with("step", "good"), 0.5);
    assertThat(samples.keySet()).noneMatch(labels -> labels.get("step").equals("own"));
  }
}
