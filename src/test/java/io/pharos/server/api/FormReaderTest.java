package io.pharos.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.ws.rs.core.MultivaluedMap;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormReaderTest {
  private static MultivaluedMap<String, String> parse(String body) {
    return FormReader.parse(body.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          query=up%7Ba%3D%22b%22%7D | query | up{a="b"}
          a=b+c%20d                 | a     | `b c d`
          &&a=1&&                   | a     | 1
          a                         | a     | ``
          =x                        | ``    | x
          a=b=c                     | a     | b=c
          a=%E4%B8%AD               | a     | 中
          a=中                      | a     | 中
          a%3D=1                    | a=    | 1
          a=%41                     | a     | A
          """)
  void form_isRead(String body, String name, String value) {
    assertThat(parse(body)).hasSize(1);
    assertThat(parse(body).getFirst(name)).isEqualTo(value);
  }

  @Test
  void form_ofTheSameNameTwice_hasBothInOrder() {
    assertThat(parse("match[]=a&x=1&match[]=b").get("match[]")).containsExactly("a", "b");
    assertThat(parse("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "a=%", "a=%4", "a=%zz", "%g1=a", "a=1&b=%4&c=41", "a=%-1", "a=%+1"})
  void form_withABrokenEscape_isRefusedWithIt(String body) {
    assertThatThrownBy(() -> parse(body))
        .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(400))
        .hasMessageContaining("invalid URL escape \"%");
  }

  @Test
  void form_ofEndlesslyManyParameters_isRefused() {
    assertThatThrownBy(() -> parse("a&".repeat(100_000))).hasMessageContaining("more than 10000");
  }
}
