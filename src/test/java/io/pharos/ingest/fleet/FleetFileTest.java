package io.pharos.ingest.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FleetFileTest {
  private static FleetConfig parse(String text) {
    return FleetFile.parse("fleet.yml", text, Path.of("/etc/pharos"));
  }

  @Test
  void document_itsExample_isRead() throws Exception {
    String page = Files.readString(Path.of("docs", "format", "fleet.md"));
    Matcher example = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(page);
    assertThat(example.find()).isTrue();
    FleetConfig config = parse(example.group(1));
    assertThat(config.postgresql().orElseThrow().password())
        .hasToString("FromFile[file=/etc/pharos/secrets/fleet_password]");
    assertThat(config.redis().orElseThrow().prefix()).isEqualTo("host:status:");
    assertThat(config.push().orElseThrow().silentAfter()).isEqualTo(Duration.ofMinutes(2));
    assertThat(config.expected()).containsExactlyInAnyOrder("allocated", "idle");
  }

  @Test
  void usualFile_mayBeMissing_anotherMayNot() {
    assertThat(FleetFile.read(Path.of(""))).isEqualTo(FleetConfig.NONE);
    assertThatThrownBy(() -> FleetFile.read(Path.of("none.yml")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("none.yml: can't be read");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          expected: [idle]                                                | expected postgresql, redis or push
          pushes: {}                                                      | unknown key "pushes"
          push: {silent: 1m}                                              | unknown key "silent"
          {push: {}, max_hosts: 0}                                        | from 1 to 10000
          {push: {}, interval: 1s}                                        | from 5s to 5m
          postgresql: {username: u}                                       | "url" is missing
          postgresql: {url: 'postgres://h/d', username: u}                | expected jdbc:postgresql://host:port/database
          postgresql: {url: 'jdbc:postgresql://h/d?password=x', username: u} | expected no user and password here
          postgresql: {url: 'jdbc:postgresql://h/d', username: u, password: x} | unknown key "password": did you mean "password_file"?
          postgresql: {url: 'jdbc:postgresql://h/d', username: u, time_zone: Mars} | a time zone
          postgresql: {url: 'jdbc:postgresql://h/d', username: u, machines: 'select 1; drop table hosts'} | one query without ;
          postgresql: {url: 'jdbc:postgresql://h/d', username: u, machines: ''} | expected a query
          redis: {address: h}                                             | expected host:port, found "h"
          redis: {address: 'h:0'}                                         | expected host:port
          redis: {address: 'h:1', keys: 'host:status:x'}                  | a key prefix followed by one *
          redis: {address: 'h:1', keys: '*'}                              | a key prefix followed by one *
          redis: {address: 'h:1', keys: 'h?:*'}                           | a key prefix followed by one *
          """)
  void file_withAFault_isRefusedWithThePlaceAndWhatIsExpected(String text, String reason) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("fleet.yml:1")
        .hasMessageContaining(reason);
  }
}
