package io.pharos.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.TapFlags.TapSettings;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.limits.work.WorkPool;
import io.pharos.promql.engine.query.Feature;
import io.pharos.state.StoreConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServeOptionsTest {
  private static ServeOptions parse(String... words) {
    return ServeOptions.parse(List.of(words), Map.of(), false);
  }

  @Test
  void parse_nothing_servesTheRepositorysFiles() {
    ServeOptions options = parse();
    assertThat(options.configFile()).contains(Path.of("prometheus/prometheus.yml"));
    assertThat(options.notificationsFile()).isEqualTo(Path.of("notifications/alertmanager.yml"));
    assertThat(options.host()).isEqualTo("127.0.0.1");
    assertThat(options.port()).isEqualTo(9095);
    assertThat(options.externalUrl()).isEqualTo(URI.create("http://127.0.0.1:9095"));
    assertThat(options.store().config())
        .isEqualTo(new StoreConfig.Embedded(Path.of("data", "store")));
    assertThat(options.capture()).isFalse();
  }

  @Test
  void parse_pushPeers_areUrls_eachOnce() {
    assertThat(parse().pushPeers().urls()).isEmpty();
    var peers =
        parse("--probes.push-peers=http://a:9095, https://b", "--probes.push-peers-token-file=t")
            .pushPeers();
    assertThat(peers.urls()).containsExactly(URI.create("http://a:9095"), URI.create("https://b"));
    assertThat(peers.tokenFile()).contains(Path.of("t"));
    for (String wrong :
        List.of(
            "a:9095",
            "http://a,",
            "ftp://a",
            "http://u:p@a",
            "http://a?x=1",
            "http://a,http://a")) {
      assertThatThrownBy(() -> parse("--probes.push-peers=" + wrong))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("probes.push-peers");
    }
  }

  @Test
  void parse_loki_isAskedWhereLinesArePushedTo_unlessSaidOtherwise() {
    String push = "--loki.url=http://loki:3100/loki/api/v1/push";
    URI loki = URI.create("http://loki:3100");
    assertThat(parse().loki().query()).isEmpty();
    assertThat(parse(push).loki().query()).contains(loki);
    assertThat(parse("--loki.url=http://loki:3100").loki().query()).contains(loki);
    assertThat(parse("--loki.url=http://alloy:3500/push").loki().query())
        .as("what takes lines is no Loki")
        .isEmpty();
    assertThat(parse(push, "--loki.query-url=none").loki().query()).isEmpty();
    assertThat(parse(push, "--loki.query-url=https://logs/").loki().query())
        .contains(URI.create("https://logs"));
    assertThat(parse(push, "--loki.timeout=5s").loki().timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThatThrownBy(() -> parse("--loki.timeout=0s")).hasMessageContaining("above 0");
    assertThatThrownBy(() -> parse("--loki.query-url=loki:3100"))
        .hasMessageContaining("an http or https URL");
  }

  @Test
  void parse_store_isChosenByItsFlagNotBySpelling() {
    String url = "--jdbc.url=jdbc:postgresql://db/pharos";
    var server = new StoreConfig.Postgresql("jdbc:postgresql://db/pharos", "pharos", "");
    assertThat(parse("--store=postgresql", url).store().config()).isEqualTo(server);
    assertThat(parse(url).store().config()).as("as before there was --store").isEqualTo(server);
    assertThat(parse("--store=embedded", "--storage.path=/d").store().config())
        .isEqualTo(new StoreConfig.Embedded(Path.of("/d/store")));
    assertThatThrownBy(() -> parse("--store=h2"))
        .hasMessage("--store: expected embedded or postgresql, found \"h2\"");
    assertThatThrownBy(() -> parse("--store=postgresql"))
        .hasMessage("--store=postgresql needs --jdbc.url, the address of the server");
    assertThatThrownBy(() -> parse("--store=embedded", url))
        .hasMessage("--jdbc.url is set, but the store is embedded: set --store=postgresql");
    assertThatThrownBy(() -> parse("--jdbc.password-file=x"))
        .hasMessage(
            "--jdbc.password-file is set, but the store is embedded: set --store=postgresql");
    assertThatThrownBy(() -> parse("--jdbc.url=jdbc:mysql://db/x?password=hush"))
        .hasMessage("--jdbc.url: expected jdbc:postgresql:…, found \"jdbc:mysql://db/x\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdbc:h2:", "jdbc:h2:file:"})
  void parse_urlOfH2_isRefusedWithWhatToDoInstead(String kind) {
    assertThatThrownBy(
            () -> parse("--storage.path=/d", "--jdbc.url=" + kind + "/old/facts;PASSWORD=hush"))
        .hasMessageContaining("--store=embedded selects the embedded store, which is in /d/store")
        .hasMessageContaining("move /old/facts.mv.db there as pharos.mv.db")
        .hasMessageNotContaining("hush");
  }

  @Test
  void parse_tap_isThereWhereItListens() {
    assertThat(parse().tap()).isEmpty();
    TapSettings tap =
        parse("--tap.listen=:8079", "--tap.upstream=http://backend:8080", "--tap.drain=3s")
            .tap()
            .orElseThrow();
    assertThat(tap.options().host()).isEqualTo("0.0.0.0");
    assertThat(tap.options().port()).isEqualTo(8079);
    assertThat(tap.options().upstream()).hasToString("http://backend:8080");
    assertThat(tap.options().metricsPort()).isEqualTo(9097);
    assertThat(tap.options().loops())
        .isEqualTo(Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4));
    assertThat(tap.routes()).isEqualTo(Path.of("tap/routes.yml"));
    assertThat(tap.drain()).isEqualTo(Duration.ofSeconds(3));
    assertThatThrownBy(() -> parse("--tap.upstream=http://backend:8080"))
        .hasMessage("--tap.upstream is set, but no tap runs: set --tap.listen");
    assertThatThrownBy(() -> parse("--tap.listen=8079"))
        .hasMessage("--tap.listen: expected HOST:PORT with a port from 0 to 65535, found \"8079\"");
    assertThatThrownBy(() -> parse("--tap.listen=:1", "--tap.max-in-flight=0"))
        .hasMessage("--tap.…: requests in flight: expected 1 to 100000, found 0");
  }

  @Test
  void parse_remoteWriteReceiver_isOffUnlessTheFlagIsThere() {
    assertThat(parse().remoteWriteReceiver()).isFalse();
    assertThat(parse("--web.enable-remote-write-receiver").remoteWriteReceiver()).isTrue();
  }

  @Test
  void parse_queryPool_isDerivedFromTheProcessorsUnlessSet() {
    assertThat(parse("--query.max-concurrency=3", "--query.max-waiting=9").query().pool())
        .isEqualTo(new WorkPool.Size(3, 9));
    assertThat(parse().query().pool().threads()).isEqualTo(QueryOptions.defaultThreads());
    assertThatThrownBy(() -> parse("--query.max-concurrency=0"))
        .hasMessage("--query.max-concurrency: expected a whole number of at least 1, found \"0\"");
  }

  @Test
  void parse_remoteEngine_answersInThirtySecondsUnlessToldOtherwise() {
    ServeOptions options = parse("--engine=remote", "--engine.url=http://a:9090/");
    assertThat(options.engine().url()).contains(URI.create("http://a:9090"));
    assertThat(options.engine().writeUrl()).contains(URI.create("http://a:9090/api/v1/write"));
    assertThat(options.engine().timeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(parse("--engine.timeout=5s").engine().timeout()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void parse_emptyConfigFile_runsTheNotifierAlone() {
    assertThat(parse("--config.file=").configFile()).isEmpty();
  }

  @Test
  void parse_emptyHost_listensEverywhere() {
    ServeOptions options = parse("--web.listen-address=:8000");
    assertThat(options.host()).isEqualTo("0.0.0.0");
    assertThat(options.externalUrl()).isEqualTo(URI.create("http://localhost:8000"));
  }

  @Test
  void parse_demo_capturesWhatHasNoWayOutUnlessToldOtherwise() {
    assertThat(ServeOptions.parse(List.of(), Map.of(), true).capture()).isTrue();
    var told = List.of("--notifications.capture=false");
    assertThat(ServeOptions.parse(told, Map.of(), true).capture()).isFalse();
  }

  @Test
  void parse_languageOfMessages_givesPharosTextsInIt() {
    assertThat(parse().messages()).isEqualTo(MessageSettings.ALERTMANAGER);
    assertThat(parse("--notifications.language=zh").messages())
        .isEqualTo(MessageSettings.pharos("zh"));
  }

  @Test
  void parse_ruleEvaluation_isByEventsUnlessTheTimerAloneIsWanted() {
    assertThat(parse().ruleEvaluation()).isEqualTo(RuleEvaluation.EVENTS);
    assertThat(parse("--rules.evaluation=timer").ruleEvaluation()).isEqualTo(RuleEvaluation.TIMER);
    assertThatThrownBy(() -> parse("--rules.evaluation=never"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("events or timer");
  }

  @Test
  void parse_features_areThoseOfPrometheus() {
    assertThat(parse("--enable-feature=promql-experimental-functions, promql-delayed-name-removal"))
        .extracting(options -> options.query().features())
        .isEqualTo(Set.of(Feature.EXPERIMENTAL_FUNCTIONS, Feature.DELAYED_NAME_REMOVAL));
    assertThat(parse().query().features()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --web.listen-address=9095 | HOST:PORT
          --web.listen-address=a:99999 | HOST:PORT with a port from 0 to 65535
          --engine=fast | embedded or remote
          --engine=remote | needs --engine.url
          --engine.url=http://a | set --engine=remote
          --web.external-url=ftp://a | an http or https URL
          --web.external-url=https://a.example/pharos/ | a path does not work
          --web.external-url=https://a.example?x=1 | scheme, host and port alone
          --web.external-url=https://me@a.example | scheme, host and port alone
          --storage.retention=long | a duration
          --notifications.language=fr | en or zh
          --enable-feature=promql-magic | unknown feature "promql-magic", expected some of promql-
          stray | unexpected word 'stray'
          """)
  void parse_valueThatCannotBe_isRefusedWithWhatWasExpected(String word, String expected) {
    assertThatThrownBy(() -> parse(word))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void linksOpenHereOnly_namesOfThisHostForItself_areSo() {
    for (String url : List.of("http://127.0.0.1:9095", "http://localhost", "http://[::1]:9095")) {
      assertThat(parse("--web.external-url=" + url).linksOpenHereOnly()).as(url).isTrue();
    }
    assertThat(parse().linksOpenHereOnly()).isTrue();
    assertThat(parse("--web.listen-address=10.0.0.5:9095").linksOpenHereOnly()).isFalse();
    assertThat(parse("--web.external-url=https://p.example").linksOpenHereOnly()).isFalse();
  }
}
