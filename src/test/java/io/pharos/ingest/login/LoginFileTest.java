package io.pharos.ingest.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoginFileTest {
  private static final String ONE =
      "{name: n, token_file: t, username: u, password_file: p, login: {url: 'http://h/l'}}";

  private static LoginFile.LoginSet parse(String text) {
    return LoginFile.parse("logins.yml", text, Path.of("/etc/pharos"));
  }

  @Test
  void document_itsExamples_areRead() throws Exception {
    String page = Files.readString(Path.of("docs", "format", "logins.md"));
    Matcher example = Pattern.compile("```yaml\n(logins:.*?)```", Pattern.DOTALL).matcher(page);
    int found = 0;
    while (example.find()) {
      assertThat(parse(example.group(1)).size()).isPositive();
      found++;
    }
    assertThat(found).isEqualTo(2);
  }

  @Test
  void defaults_areThoseOfTheDocument() {
    LoginConfig login = parse("logins: [" + ONE + "]").all().getFirst();
    assertThat(login.tokenFile()).isEqualTo(Path.of("/etc/pharos/t"));
    assertThat(login.login().body())
        .isEqualTo(Map.of("username", "$username", "password", "$password"));
    assertThat(login.refresh()).isEmpty();
    assertThat(login.answer().accessToken()).hasToString("data.access_token");
    assertThat(login.http().followRedirects()).isFalse();
    assertThat(login.margin(Duration.ofDays(1))).isEqualTo(Duration.ofHours(1));
    assertThat(login.margin(Duration.ofMinutes(10))).isEqualTo(Duration.ofMinutes(2));
  }

  @Test
  void renewBefore_neverTakesMoreThanHalfOfTheLife() {
    String text = "logins: [" + ONE.replace("{name", "{renew_before: 2h, name") + "]";
    LoginConfig login = parse(text).all().getFirst();
    assertThat(login.margin(Duration.ofDays(1))).isEqualTo(Duration.ofHours(2));
    assertThat(login.margin(Duration.ofHours(1))).isEqualTo(Duration.ofMinutes(30));
  }

  @Test
  void usualFile_mayBeMissing_anotherMayNot() {
    assertThat(LoginFile.read(Path.of("")).size()).isZero();
    assertThatThrownBy(() -> LoginFile.read(Path.of("none.yml")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("none.yml: can't be read");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          login: []                                            | unknown key "login": did you mean "logins"?
          logins: [{token_file: t}]                            | "name" is missing
          logins: [{name: a b, token_file: t}]                 | letters, digits
          logins: [{name: n, username: u}]                     | "token_file" is missing
          logins: [{name: n, token_file: t}]                   | expected username or username_file
          logins: [{name: n, token_file: t, username: u, password: x}] | unknown key "password": did you mean "password_file"?
          logins: [{name: n, token_file: p, username: u, password_file: p, login: {url: 'http://h'}}] | expected a file other than
          logins: [{name: n, token_file: t, username: u, password_file: p}] | "login" is missing
          logins: [{name: n, token_file: t, username: u, password_file: p, login: {}}] | "url" is missing
          logins: [{name: n, token_file: t, username: u, password_file: p, login: {url: 'ftp://h'}}] | unsupported scheme "ftp"
          logins: [{name: n, token_file: t, username: u, password_file: p, login: {url: 'http://a:b@h'}}] | without user and fragment
          logins: [{name: n, token_file: t, username: u, password_file: p, login: {url: 'http://h', format: xml}}] | expected json or form
          logins: [{name: n, token_file: t, username: u, password_file: p, login: {url: 'http://h', body: {a: $refresh_token}}}] | one of $password, $username, found "$refresh_token"
          logins: [{name: n, token_file: t, username: u, password_file: p, login: {url: 'http://h'}, timeout: 2h}] | from 1s to 1m
          logins: [{name: n, token_file: t, username: u, password_file: p, login: {url: 'http://h'}, renew_before: 0s}] | from 1s to 30d
          logins: [{name: n, token_file: t, username: u, password_file: p, login: {url: 'http://h'}, answer: {access_token: a..b}}] | keys joined by dots
          logins: [{name: n, token_file: t, username: u, password_file: p, login: {url: 'http://h'}, http_config: {bearer_token: x}}] | expected no credentials here
          """)
  void file_withAFault_isRefusedWithThePlaceAndWhatIsExpected(String text, String reason) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("logins.yml:1")
        .hasMessageContaining(reason);
  }

  @Test
  void nameOrTokenFileTwice_isRefused() {
    assertThatThrownBy(() -> parse("logins: [" + ONE + ", " + ONE + "]"))
        .hasMessageContaining("expected a unique name");
    assertThatThrownBy(
            () -> parse("logins: [" + ONE + ", " + ONE.replace("name: n", "name: m") + "]"))
        .hasMessageContaining("expected a different file for each login");
  }
}
