package io.pharos.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallbackFileTest {
  private static final Path FOLDER = Path.of("/etc/pharos");

  private static List<CallbackTarget> parse(String text) {
    return CallbackFile.parse("callbacks.yml", text, FOLDER);
  }

  @Test
  void document_itsExample_isRead() throws Exception {
    String page = Files.readString(Path.of("docs", "format", "callbacks.md"));
    Matcher example = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(page);
    assertThat(example.find()).isTrue();
    List<CallbackTarget> targets = parse(example.group(1));
    assertThat(targets)
        .extracting(CallbackTarget::name)
        .containsExactly("grafana", "backend", "shop");
    assertThat(targets.get(1)).isInstanceOf(CallbackTarget.Github.class);
  }

  @Test
  void defaults_areThoseOfTheDocument() {
    var target =
        (CallbackTarget.Github)
            parse("github: [{name: n, repository: a/b, token_file: t}]").getFirst();
    assertThat(target.url()).isEqualTo("https://api.github.com");
    assertThat(target.statuses()).isTrue();
    assertThat(target.keepTrying()).isEqualTo(Duration.ofDays(1));
    assertThat(target.coverage()).isEqualTo(new CallbackTarget.Coverage(Set.of(), Set.of()));
    assertThat(target.http().followRedirects()).isFalse();
    assertThat(target.secrets()).containsExactly(SecretSource.fromFile(Path.of("/etc/pharos/t")));
  }

  @Test
  void usualFile_mayBeMissing_anotherMayNot() {
    assertThat(CallbackFile.read(Path.of(""))).isEmpty();
    assertThatThrownBy(() -> CallbackFile.read(Path.of("none.yml")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("none.yml: can't be read");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          grafanas: []                                                            | unknown key "grafanas": did you mean "grafana"?
          grafana: [{name: n, token_file: t}]                                     | "url" is missing
          grafana: [{name: n, url: 'http://g', token: x}]                         | unknown key "token": did you mean "token_file"?
          grafana: [{name: n, url: 'http://g', token: x, token_file: t}]          | unknown key "token"
          grafana: [{name: n, url: 'ftp://g', token_file: t}]                     | unsupported scheme "ftp"
          grafana: [{name: n, url: 'http://a:b@g', token_file: t}]                | only scheme, host, port and path
          grafana: [{name: n, url: 'http://g', token_file: t, tags: ['']}]        | expected a tag
          grafana: [{name: n, url: 'http://g', token_file: t, keep_trying: 1s}]   | expected a duration from 1m to 30d
          github: [{name: n, repository: a/b}]                                    | expected either token_file or app, found neither
          github: [{name: n, repository: b, token_file: t}]                       | expected owner/name
          github: [{name: n, repository: ../b, token_file: t}]                    | expected owner/name
          github: [{name: n, api_url: 'http://gh.example', repository: a/b, token_file: t}] | expected an https address, or an http address of this host
          github: [{name: n, repository: a/b, token_file: t, commit_status: false}] | because without them nothing is reported
          github: [{name: n, repository: a/b, token_file: t, http_config: {bearer_token: x}}] | expected no credentials here
          github: [{name: n, repository: a/b, token_file: t, protection: {webhook_secret_file: w, environments: []}}] | at least one environment
          gitlab: [{name: n, project: 'a b', token_file: t}]                      | expected the project's path
          gitlab: [{name: n, project: '1', token_file: t}, {name: n, project: '2', token_file: t}] | a second time
          """)
  void file_withAFault_isRefusedWithThePlaceAndWhatIsExpected(String text, String reason) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("callbacks.yml:1")
        .hasMessageContaining(reason);
  }

  @Test
  void secrets_areNeverShown() {
    assertThat(parse("grafana: [{name: n, url: 'http://g', token_file: t}]").toString())
        .contains("/etc/pharos/t")
        .doesNotContain("Bearer secret");
  }
}
