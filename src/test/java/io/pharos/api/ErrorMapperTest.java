package io.pharos.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorMapperTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /api/v1/query              | application/json | {"status":"error","errorType":"internal","error":"internal error
          /api/v2/alerts             | application/json | {"code":500,"message":"internal error
          /alertmanager/api/v2/alerts | application/json | {"code":500,"message":"internal error
          /rules                     | text/plain       | internal error
          """)
  void internal_isToldInTheFormOfTheApi(String path, String type, String text) {
    Response response = ErrorMapper.internal(path);

    assertThat(response.getStatus()).isEqualTo(500);
    assertThat(response.getMediaType()).hasToString(type);
    Object entity = response.getEntity();
    assertThat(
            entity instanceof Rendering rendering
                ? new String(rendering.bytes(), StandardCharsets.UTF_8)
                : entity instanceof byte[] bytes
                    ? new String(bytes, StandardCharsets.UTF_8)
                    : entity)
        .asString()
        .startsWith(text);
  }

  /// A silence that can't be stored was answered by 500, as if Pharos had a bug.
  @ParameterizedTest
  @CsvSource({
    "/api/v1/query",
    "/api/v2/silences",
    "/alertmanager/api/v2/silences",
    "/api/pharos/v1/gates",
    "/silences"
  })
  void storeThatIsAway_is503WithItsCause(String path) {
    try (var answer = ErrorMapper.unavailable(path)) {
      assertThat(answer.getStatus()).isEqualTo(503);
      assertThat(answer.getHeaderString("Retry-After")).isEqualTo("2");
      Object entity = answer.getEntity();
      String text =
          switch (entity) {
            case Rendering rendering -> new String(rendering.bytes(), UTF_8);
            case byte[] bytes -> new String(bytes, UTF_8);
            default -> String.valueOf(entity);
          };
      assertThat(text).contains("the store is not available now");
    }
  }
}
