package io.pharos.tap;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvelopeCodeTest {
  private static EnvelopeCode fed(String text, int piece) {
    var code = new EnvelopeCode();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int at = 0; at < bytes.length; at += piece) {
      code.feed(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + piece)));
    }
    code.end();
    return code;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"code\":0,\"msg\":\"success\"}|0",
        "{\"code\" : 401 }|401",
        "{\"success\":true,\"code\":7,\"message\":\"x\"}|7",
        "{\"data\":{\"code\":9,\"list\":[{\"code\":8}]},\"code\":-3}|-3",
        "{\"data\":{\"code\":9}}|",
        "[{\"code\":9}]|",
        "{\"code\":\"401\"}|",
        "{\"code\":null}|",
        "{\"code\":1.5}|",
        "{\"code\":99999999999}|",
        "{\"Code\":1}|",
        "{}|",
        "17|",
        "\"code\"|",
        "{\"code\"|",
        "{\"code\":4|",
        "{\"msg\" nonsense|",
        "<html>|",
      })
  void code_ofEachBody_isFoundHoweverItIsCut(String body, String expected) {
    OptionalInt code =
        expected == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(expected));
    for (int piece = 1; piece <= 64; piece++) {
      assertThat(fed(body, piece).code()).as("pieces of %d", piece).isEqualTo(code);
    }
  }

  @Test
  void code_behindThePrefix_isNotFound_andSaidSo() {
    EnvelopeCode code = fed("{\"data\":\"" + "a".repeat(200_000) + "\",\"code\":1}", 1000);
    assertThat(code.code()).isEmpty();
    assertThat(code.isBeyondPrefix()).isTrue();
  }

  @Test
  void body_thatIsDeepOrRandom_neverThrows() {
    assertThat(fed("[".repeat(70_000), 4096).code()).isEmpty();
    assertThat(fed("{\"a\":".repeat(10_000), 4096).code()).isEmpty();
    var random = new SplittableRandom(1);
    String pieces = "{}[]\":,code01e-.\\u \n\u00e9tfn";
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(40); n > 0; n--) {
        text.append(pieces.charAt(random.nextInt(pieces.length())));
      }
      EnvelopeCode code = fed(text.toString(), 1 + random.nextInt(8));
      assertThat(code.isDone()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "application/json,true",
    "Application/JSON; charset=utf-8,true",
    "application/problem+json,true",
    "text/html,false",
    "application/jsonlines,false",
    ",false",
  })
  void isJson_ofEachType_isWhatIsAnEnvelopesBody(String type, boolean expected) {
    assertThat(EnvelopeCode.isJson(type)).isEqualTo(expected);
  }
}
