package io.pharos.tap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {
  private static final RouteTable TABLE =
      RoutesFile.parse(
          "routes.yml",
          """
          routes:
            - GET /
            - GET /a
            - /a/:id
            - POST /a/:id
            - GET /a/new
            - GET /a/:id/b
            - GET /a/new/c
            - GET /a/*rest
            - /files/*path
          """);

  @ParameterizedTest
  @CsvSource({
    "GET,/,/",
    "POST,/,unknown",
    "GET,/a,/a",
    "GET,/a/7,/a/:id",
    "DELETE,/a/7,/a/:id",
    "GET,/a/new,/a/new",
    "POST,/a/new,/a/:id",
    "GET,/a/new/b,/a/:id/b",
    "GET,/a/new/c,/a/new/c",
    "GET,/a/new/d,/a/*rest",
    "POST,/a/new/d,unknown",
    "GET,/a/,/a/*rest",
    "GET,/a/7/,/a/*rest",
    "PUT,/files/,/files/*path",
    "PUT,/files/x/y/z,/files/*path",
    "PUT,/files,unknown",
    "GET,/A,unknown",
    "GET,/%61,/a",
    "GET,/a/%6Eew,/a/new",
    "GET,/a/x%2Fb,/a/:id",
    "GET,/%zz,unknown",
    "GET,/a%,unknown",
    "GET,a,unknown",
    "GET,*,unknown",
  })
  void pathOf_eachRequest_isThePatternOfTheRouter(String method, String path, String expected) {
    assertThat(TABLE.pathOf(method, path)).isEqualTo(expected);
  }

  @Test
  void pathOf_ofAPathThatHalfFitsMany_endsSoon() {
    var text = new StringBuilder("routes:\n");
    for (int i = 0; i < 31; i++) {
      text.append("  - /")
          .append("a/".repeat(i))
          .append(":b/")
          .append("a/".repeat(30 - i))
          .append("z\n");
    }
    RouteTable table = RoutesFile.parse("routes.yml", text.toString());
    String path = "/a".repeat(5000);
    org.junit.jupiter.api.Assertions.assertTimeout(
        Duration.ofSeconds(5),
        () -> {
          for (int i = 0; i < 1000; i++) {
            assertThat(table.pathOf("GET", path)).isEqualTo("unknown");
          }
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "routes: [get /a]|write the method as GET",
        "routes: [FETCH /a]|unknown method",
        "routes: [a]|start with /",
        "routes: ['/a/:']|must be followed by a unique name",
        "routes: ['/:a/:a']|must be followed by a unique name",
        "routes: ['/*a/b']|only the last segment",
        "routes: ['/a?b=1']|without blanks",
        "routes: ['GET /a b']|more than two words",
        "routes: [/:a, /:b]|which matches the same requests as",
        "routes: []|found none",
        "{}|found none",
        "route: [/a]|did you mean",
        "routes: {a: b}|expected a list",
        "routes: [[/a]]|expected a string",
      })
  void parse_ofABadFile_saysWhereAndWhat(String text, String expected) {
    assertThatThrownBy(() -> RoutesFile.parse("routes.yml", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("routes.yml:1")
        .hasMessageContaining(expected);
  }

  @Test
  void shippedFile_knowsTheRoutesThatAlertsName() {
    RouteTable table = RoutesFile.read(Path.of("tap", "routes.yml"));
    assertThat(table.pathOf("POST", "/api/v1/agent/heartbeat"))
        .isEqualTo("/api/v1/agent/heartbeat");
    assertThat(table.pathOf("GET", "/api/v1/admin/machines/17"))
        .isEqualTo("/api/v1/admin/machines/:id");
    assertThat(table.pathOf("GET", "/.env")).isEqualTo("unknown");
  }
}
