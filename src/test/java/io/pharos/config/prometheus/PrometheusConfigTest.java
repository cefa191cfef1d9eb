package io.pharos.config.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.ProxyOptions;
import io.pharos.config.http.Secret;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.model.Labels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class PrometheusConfigTest {
  private static final Path FILES = Path.of("src/test/resources/prometheus");

  @TempDir Path directory;

  private static Stream<Path> files(String ending) throws IOException {
    try (var list = Files.list(FILES)) {
      return list.filter(file -> file.toString().contains(ending)).sorted().toList().stream();
    }
  }

  @TestFactory
  Stream<DynamicTest> read_goodFile_isAccepted() throws IOException {
    return files(".good.")
        .map(
            file ->
                dynamicTest(
                    file.getFileName().toString(),
                    () -> assertThat(PrometheusConfig.read(file).toString()).isNotEmpty()));
  }

  @TestFactory
  Stream<DynamicTest> read_badFile_saysAllThatIsWrong() throws IOException {
    return files(".bad.")
        .map(file -> dynamicTest(file.getFileName().toString(), () -> assertRefused(file)));
  }

  private static void assertRefused(Path file) throws IOException {
    List<String> expected =
        Files.readAllLines(file).stream()
            .filter(line -> line.startsWith("# expect "))
            .map(line -> line.substring("# expect ".length()))
            .toList();
    var refusal = catchThrowableOfType(ConfigException.class, () -> PrometheusConfig.read(file));
    assertThat(refusal).as("the file is accepted").isNotNull();
    List<String> problems =
        refusal.problems().stream()
            .map(problem -> ":" + problem.line() + ":" + problem.column() + " " + problem.message())
            .toList();
    for (String each : expected) {
      assertThat(problems.stream().anyMatch(problem -> problem.contains(each)))
          .as("expected %s among %s", each, String.join("\n", problems))
          .isTrue();
    }
    assertThat(problems).hasSameSizeAs(expected);
    assertThat(refusal.problems()).allSatisfy(p -> assertThat(p.file()).contains(".bad.yml"));
  }

  private static PrometheusConfig everything() throws IOException {
    return PrometheusConfig.parse(
        "everything.yml",
        Files.readString(FILES.resolve("everything.good.yml")),
        Path.of("/conf"),
        Map.of("CLUSTER", "c1", "REPLICA", "r"));
  }

  private static HttpOptions http1(HttpOptions options) {
    return new HttpOptions(
        options.credentials(),
        options.tls(),
        options.proxy(),
        options.headers(),
        options.followRedirects(),
        false);
  }

  @Test
  void parse_everything_keepsAllOfIt() throws IOException {
    PrometheusConfig config = everything();

    PrometheusGlobalConfig global = config.global();
    assertThat(global.externalLabels()).isEqualTo(Labels.of("cluster", "c1-$1", "replica", "r"));
    assertThat(global.ruleQueryOffset()).isEqualTo(Duration.ofMinutes(1));
    assertThat(global.evaluationInterval()).isEqualTo(Duration.ofSeconds(20));
    assertThat(global.limits()).isEqualTo(new SampleLimits(1000, 30, 100, 200, 50, 10 << 20));
    assertThat(config.ruleFiles()).containsExactly("/conf/rules/*.yml", "/etc/rules.yml");
    assertThat(config.scrapeConfigs())
        .extracting(ScrapeConfig::jobName)
        .containsExactly("all", "token", "old", "older", "far");
    ScrapeConfig all = config.scrapeConfigs().getFirst();
    assertThat(all.place()).hasToString("everything.yml:18");
    assertThat(all.scrapeTimeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(all.params()).isEqualTo(Map.of("module", List.of("a", "b")));
    assertThat(all.protocols()).containsExactly(ScrapeProtocol.TEXT_1_0_0);
    assertThat(all.fallbackProtocol()).contains(ScrapeProtocol.TEXT_0_0_4);
    assertThat(all.limits()).isEqualTo(new SampleLimits(5, 6, 7, 8, 9, 1024));
    assertThat(all.histograms()).isEqualTo(new HistogramConfig(true, false, true, 160, 1.1));
    assertThat(all.http().tls())
        .isEqualTo(
            new TlsOptions(
                SecretSource.fromFile(Path.of("/conf/ca.pem")),
                SecretSource.fromFile(Path.of("/conf/c.pem")),
                SecretSource.fromFile(Path.of("/k.pem")),
                "host",
                true,
                TlsOptions.Version.TLS13,
                null));
    assertThat(all.http().credentials())
        .isEqualTo(
            new Credentials.Basic(
                new SecretSource.Inline(new Secret("me")),
                new SecretSource.FromFile(Path.of("/conf/secrets/p"))));
    assertThat(all.http().headers()).hasSize(1);
    assertThat(all.fileSdConfigs())
        .containsExactly(
            new FileSdConfig(List.of("/conf/t/*.json", "/conf/t/b.yaml"), Duration.ofSeconds(10)));
    assertThat(all.polledSdConfigs())
        .containsExactly(
            new PolledSdConfig.OverHttp(
                "https://sd.example/targets?group=a",
                http1(HttpOptions.bearer(new SecretSource.Inline(new Secret("tok")))),
                Duration.ofSeconds(20)),
            new PolledSdConfig.OverHttp(
                "http://sd.example", http1(HttpOptions.DEFAULT), Duration.ofMinutes(1)),
            new PolledSdConfig.OverDns(
                List.of("_metrics._tcp.example.org", "b.example.org"),
                PolledSdConfig.RecordType.SRV,
                0,
                Duration.ofSeconds(30)),
            new PolledSdConfig.OverDns(
                List.of("c.example.org"),
                PolledSdConfig.RecordType.AAAA,
                9100,
                Duration.ofMinutes(1)));
    ScrapeConfig token = config.scrapeConfigs().get(1);
    assertThat(token.scrapeInterval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(token.limits()).isEqualTo(global.limits());
    assertThat(config.scrapeConfigs().get(3).scrapeTimeout()).isEqualTo(Duration.ofSeconds(2));
    HttpOptions far = config.scrapeConfigs().get(4).http();
    assertThat(far.proxy()).isEqualTo(new ProxyOptions("http://proxy:3128", "near.example", false));
    SecretSource pem = SecretSource.inline("PEM");
    assertThat(far.tls()).isEqualTo(new TlsOptions(pem, pem, pem, "", false, null, null));
    assertThat(far.credentials())
        .isEqualTo(
            new Credentials.OAuth2(
                "me",
                SecretSource.inline("hush"),
                List.of("metrics"),
                "http://tokens/",
                Map.of("audience", "x"),
                new TlsOptions(
                    SecretSource.fromFile(Path.of("/conf/ca.pem")),
                    SecretSource.unset(),
                    SecretSource.unset(),
                    "",
                    false,
                    null,
                    null),
                new ProxyOptions("", "", true)));
    AlertingConfig.Alertmanagers alertmanager = config.alerting().alertmanagers().getFirst();
    assertThat(alertmanager.pathPrefix()).isEqualTo("/alertmanager");
    assertThat(alertmanager.timeout()).isEqualTo(Duration.ofSeconds(3));
  }

  private ScrapeConfig job(String text) {
    return PrometheusConfig.parse("x", text, directory, Map.of()).scrapeConfigs().getFirst();
  }

  @Test
  void parse_histogramsOfTheGlobalSection_areInherited() {
    String global =
        "global: {scrape_native_histograms: true, convert_classic_histograms_to_nhcb: true,"
            + " always_scrape_classic_histograms: true}\n";
    assertThat(job(global + "scrape_configs: [{job_name: a}]").histograms())
        .isEqualTo(new HistogramConfig(true, true, true, 0, 0));
    assertThat(
            job(global + "scrape_configs: [{job_name: a, scrape_native_histograms: false}]")
                .histograms())
        .isEqualTo(new HistogramConfig(false, true, true, 0, 0));
  }

  @Test
  void parse_protocols_dependOnNativeHistogramsUnlessSaid() {
    assertThat(job("scrape_configs: [{job_name: a}]").protocols())
        .isEqualTo(ScrapeProtocol.TEXTS)
        .doesNotContain(ScrapeProtocol.PROTOBUF);
    assertThat(job("scrape_configs: [{job_name: a, scrape_native_histograms: true}]").protocols())
        .isEqualTo(ScrapeProtocol.PROTOBUF_FIRST)
        .startsWith(ScrapeProtocol.PROTOBUF);
    assertThat(
            job("global: {scrape_protocols: [PrometheusText0.0.4]}\n"
                    + "scrape_configs: [{job_name: a, scrape_native_histograms: true}]")
                .protocols())
        .containsExactly(ScrapeProtocol.TEXT_0_0_4);
    assertThat(
            job("scrape_configs: [{job_name: a, scrape_protocols: [PrometheusProto]}]").protocols())
        .containsExactly(ScrapeProtocol.PROTOBUF);
  }

  @Test
  void toString_config_showsNoSecret() {
    var config =
        PrometheusConfig.parse(
            "x",
            "scrape_configs: [{job_name: a, bearer_token: hunter2}, {job_name: b, basic_auth: "
                + "{username: u, password: hunter2}}]",
            directory,
            Map.of());

    assertThat(config.toString()).contains("<secret>").doesNotContain("hunter2");
  }

  @Test
  void parse_sameTextTwice_isEqualWhereverItStands() throws IOException {
    String text = Files.readString(FILES.resolve("everything.good.yml"));
    var environment = Map.of("CLUSTER", "c1", "REPLICA", "r");

    assertThat(PrometheusConfig.parse("y", "\n\n" + text, Path.of("/conf"), environment))
        .isEqualTo(everything());
  }

  @Test
  void read_scrapeConfigFiles_areJoined() throws IOException {
    Files.createDirectories(directory.resolve("d"));
    Files.writeString(directory.resolve("d/b.yml"), "scrape_configs: [{job_name: b}]");
    Files.writeString(directory.resolve("d/c.yml"), "scrape_configs: [{job_name: b}]\nx: 1");
    Path file = directory.resolve("p.yml");
    Files.writeString(file, "scrape_config_files: [d/b.yml]\nscrape_configs: [{job_name: a}]");

    assertThat(PrometheusConfig.read(file).scrapeConfigs())
        .extracting(ScrapeConfig::jobName)
        .containsExactly("a", "b");

    Files.writeString(file, "scrape_config_files: ['d/*.yml', d/none.yml]");
    assertThatThrownBy(() -> PrometheusConfig.read(file))
        .hasMessageContaining("d/c.yml:2: unknown key \"x\"")
        .hasMessageContaining("d/none.yml: can't be read")
        .hasMessageContaining("job_name \"b\" is already used by");
  }

  @Test
  void read_fileBelowTheWorkingDirectory_namesRuleFilesFromThere() {
    assertThat(PrometheusConfig.read(Path.of("prometheus/prometheus.yml")).expandRuleFiles())
        .isNotEmpty()
        .allMatch(file -> file.startsWith("alert-rules"));
  }

  @Test
  void expandLogRuleFiles_areThoseOfAFolderBesideAPattern() throws IOException {
    Files.createDirectories(directory.resolve("rules/loki"));
    Files.writeString(directory.resolve("rules/a.yml"), "");
    Files.writeString(directory.resolve("rules/loki/l.yml"), "");

    PrometheusConfig config = config("rule_files: ['rules/*.yml', rules/a.yml]");
    assertThat(config.expandLogRuleFiles())
        .extracting(file -> directory.relativize(file).toString())
        .containsExactly("rules/loki/l.yml");
    assertThat(config.expandRuleFiles())
        .extracting(file -> file.getFileName().toString())
        .containsExactly("a.yml");
    assertThat(config("rule_files: [rules/a.yml]").expandLogRuleFiles()).isEmpty();
  }

  @Test
  void expandRuleFiles_patterns_giveFilesOnceAndInOrder() throws IOException {
    Files.createDirectories(directory.resolve("rules"));
    Files.writeString(directory.resolve("rules/b.yml"), "");
    Files.writeString(directory.resolve("rules/a.yml"), "");
    Files.writeString(directory.resolve("rules/c.txt"), "");

    assertThat(config("rule_files: ['rules/*.yml', rules/a.yml, 'none/*.yml']").expandRuleFiles())
        .extracting(file -> file.getFileName().toString())
        .containsExactly("a.yml", "b.yml");
    assertThatThrownBy(() -> config("rule_files: [rules/x.yml]").expandRuleFiles())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("rules/x.yml: the rule file does not exist");
  }

  private PrometheusConfig config(String text) {
    return PrometheusConfig.parse("p.yml", text, directory, Map.of());
  }

  @Test
  void scrapesLike_otherTargets_isTheSame() {
    ScrapeConfig one =
        config("scrape_configs: [{job_name: a, static_configs: [{targets: ['a:1']}]}]")
            .scrapeConfigs()
            .getFirst();
    ScrapeConfig other = config("scrape_configs: [{job_name: a}]").scrapeConfigs().getFirst();
    ScrapeConfig slower =
        config("scrape_configs: [{job_name: a, scrape_interval: 2m}]").scrapeConfigs().getFirst();

    assertThat(one.scrapesLike(other)).isTrue();
    assertThat(one).isNotEqualTo(other);
    assertThat(one.scrapesLike(slower)).isFalse();
  }

  @Test
  void readSecret_missingFile_namesIt() {
    assertThatThrownBy(() -> SecretSource.fromFile(directory.resolve("none")).read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("unable to read file " + directory.resolve("none"));
  }

  @Test
  void otlp_isReadAndWhatPharosCantDoRefused() {
    String text = "otlp: {promote_resource_attributes: [a.b], translation_strategy: %s%s}\n";
    OtlpConfig otlp =
        PrometheusConfig.parse(
                "p.yml",
                text.formatted(
                    "UnderscoreEscapingWithoutSuffixes",
                    ", keep_identifying_resource_attributes: true"),
                Path.of(""),
                Map.of())
            .otlp();
    assertThat(otlp).isEqualTo(new OtlpConfig(List.of("a.b"), false, true));
    assertThatThrownBy(
            () ->
                PrometheusConfig.parse(
                    "p.yml", text.formatted("NoTranslation", ""), Path.of(""), Map.of()))
        .hasMessageContaining("p.yml:1")
        .hasMessageContaining("expected UnderscoreEscapingWithSuffixes");
  }

  private static StorageConfig storage(String section) {
    return PrometheusConfig.parse("p.yml", section + "\n", Path.of(""), Map.of()).storage();
  }

  @Test
  void storage_saysHowManyExemplarsAreKept() {
    assertThat(storage("storage: {exemplars: {max_exemplars: 7}}").maxExemplars()).isEqualTo(7);
    assertThat(storage("storage: {exemplars: {max_exemplars: -1}}").maxExemplars()).isZero();
    assertThat(storage("storage: {exemplars: {}}").maxExemplars()).isEqualTo(100_000);
    assertThat(storage("rule_files: []").maxExemplars()).isEqualTo(100_000);
    assertThatThrownBy(() -> storage("storage: {exemplars: {max_exemplars: many}}"))
        .hasMessageContaining("p.yml:1");
    assertThatThrownBy(() -> storage("storage: {exemplars: {most: 1}}"))
        .hasMessageContaining("max_exemplars");
  }

  @Test
  void storage_saysHowLateSamplesMayBe() {
    assertThat(storage("storage: {tsdb: {out_of_order_time_window: 1h30m}}").outOfOrderWindow())
        .isEqualTo(Duration.ofMinutes(90));
    assertThat(storage("storage: {tsdb: {}}").outOfOrderWindow()).isZero();
    assertThat(storage("rule_files: []").outOfOrderWindow()).isZero();
    assertThatThrownBy(() -> storage("storage: {tsdb: {out_of_order_time_window: -5m}}"))
        .hasMessageContaining("p.yml:1")
        .hasMessageContaining("-5m");
    assertThatThrownBy(() -> storage("storage: {tsdb: {window: 5m}}"))
        .hasMessageContaining("out_of_order_time_window");
  }
}
