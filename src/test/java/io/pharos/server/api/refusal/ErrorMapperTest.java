package io.pharos.server.api.refusal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.server.api.Rendering;
import jakarta.ws.rs.core.Response;
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
          /api/pharos/v1/gates       | application/json | {"error":"internal error
          /rules                     | text/plain;charset=UTF-8 | internal error
          """)
  void internal_isToldInTheFormOfTheApi(String path, String type, String text) throws Exception {
    Response response = ErrorMapper.internal(path);

    assertThat(response.getStatus()).isEqualTo(500);
    assertThat(response.getMediaType()).hasToString(type);
    assertThat(text(response)).startsWith(text);
  }

  /// Regression: a silence that could not be stored was answered by 500.
  @ParameterizedTest
  @CsvSource({
    "/api/v1/query",
    "/api/v2/silences",
    "/alertmanager/api/v2/silences",
    "/api/pharos/v1/gates",
    "/silences"
  })
  void storeThatIsAway_is503WithItsCause(String path) throws Exception {
    try (var answer = ErrorMapper.unavailable(path)) {
      assertThat(answer.getStatus()).isEqualTo(503);
      assertThat(answer.getHeaderString("Retry-After")).isEqualTo("2");
      assertThat(text(answer)).contains("the store is unavailable");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /api/v1/query        | {"status":"error","errorType":"timeout","error":"late
          /api/v2/alerts       | {"code":503,"message":"late
          /api/pharos/v1/gates | {"error":"late
          /graph               | late
          """)
  void everyRefusal_isToldInTheFormOfTheApi(String path, String text) throws Exception {
    try (var answer = ErrorMapper.inForm(503, "timeout", "late", path)) {
      assertThat(text(answer)).startsWith(text);
    }
  }

  private static String text(Response response) throws JsonProcessingException {
    return switch (response.getEntity()) {
      case Rendering rendering -> new String(rendering.bytes(), UTF_8);
      case byte[] bytes -> new String(bytes, UTF_8);
      case String text -> text;
      case Object other -> new ObjectMapper().writeValueAsString(other);
    };
  }
}
