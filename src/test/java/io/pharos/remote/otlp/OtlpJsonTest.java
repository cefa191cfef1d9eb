package io.pharos.remote.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.bytes.protobuf.ProtoReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// OTLP's JSON, valid and invalid.
class OtlpJsonTest {
  private static OtlpReceiver.Outcome receive(ReceivingEnd end, String text) {
    return end.receiver.receive(
        "ann", "application/json", "", text.getBytes(StandardCharsets.UTF_8));
  }

  private static String request(String metric) {
    long now = System.currentTimeMillis();
    return """
        {"resourceMetrics": [{"resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "shop"}}]},
          "scopeMetrics": [{"scope": {"name": "x"}, "metrics": [%s]}]}]}
        """
        .formatted(metric.replace("NOW", now + "000000"));
  }

  private static String gauge(String point) {
    return request("{\"name\":\"g\",\"gauge\":{\"dataPoints\":[" + point + "]}}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"timeUnixNano\":\"NOW\",\"asInt\":\"-7\"} | -7",
        "{\"timeUnixNano\":NOW,\"asInt\":7} | 7",
        "{\"timeUnixNano\":\"NOW\",\"asDouble\":1.5e3} | 1500",
        "{\"timeUnixNano\":\"NOW\",\"asDouble\":\"2.5\"} | 2.5",
        "{\"timeUnixNano\":\"NOW\",\"asDouble\":\"-Infinity\"} | -Inf",
        "{\"timeUnixNano\":\"NOW\",\"asDouble\":0,\"flags\":0,\"later\":{\"a\":[1]},\"exemplars\":null} | 0",
      })
  void numbers_areReadAsSendersSpellThem(String point, String value) {
    try (var end = new ReceivingEnd()) {
      assertThat(receive(end, gauge(point)))
          .isEqualTo(new OtlpReceiver.Outcome.Stored(0, List.of()));
      assertThat(end.series()).contains("{__name__=g, job=shop} " + value);
    }
  }

  @Test
  void temporality_isANumberOrItsName() {
    try (var end = new ReceivingEnd()) {
      for (String temporality : List.of("2", "\"AGGREGATION_TEMPORALITY_CUMULATIVE\"")) {
        OtlpReceiver.Outcome outcome =
            receive(
                end,
                request(
                    "{\"name\":\"c"
                        + temporality.length()
                        + "\",\"sum\":{\"isMonotonic\":true,\"aggregationTemporality\":"
                        + temporality
                        + ",\"dataPoints\":[{\"timeUnixNano\":\"NOW\",\"asInt\":\"3\"}]}}"));
        assertThat(outcome).isEqualTo(new OtlpReceiver.Outcome.Stored(0, List.of()));
      }
      assertThat(end.series())
          .contains("{__name__=c1_total, job=shop} 3", "{__name__=c36_total, job=shop} 3");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"timeUnixNano\":\"soon\"} | expected a whole number of 64 bits, found \"soon\"",
        "{\"timeUnixNano\":\"18446744073709551616\"} | expected a whole number of 64 bits",
        "{\"timeUnixNano\":1.5} | expected a whole number of 64 bits, found \"1.5\"",
        "{\"timeUnixNano\":\"NOW\",\"asDouble\":\"0x1p3\"} | expected a number, found \"0x1p3\"",
        "{\"timeUnixNano\":\"NOW\",\"asDouble\":true} | expected a number, found \"true\"",
        "{\"timeUnixNano\":[1]} | expected one value instead of a list",
        "{\"attributes\":[{\"key\":7}]} | expected a text, found \"7\"",
        "{\"attributes\":[{\"key\":\"a\",\"value\":{\"boolValue\":\"yes\"}}]} | expected true or false",
        "{\"attributes\":[7]} | expected an object, found \"7\"",
        "{\"timeUnixNano\":\"NOW\" | Unexpected",
      })
  void requests_thatAreNone_areRefusedWithThePlace(String point, String why) {
    try (var end = new ReceivingEnd()) {
      assertThat(receive(end, gauge(point)))
          .isInstanceOfSatisfying(
              OtlpReceiver.Outcome.Malformed.class,
              it -> assertThat(it.reason()).contains("not OTLP JSON: ", why, "line: 3"));
      assertThat(end.series()).isEmpty();
    }
  }

  @Test
  void request_withMoreNumbersThanTheReaderAccepts_isTooLarge() {
    String counts = "0,".repeat(ProtoReader.MAX_PARTS) + "0";
    try (var end = new ReceivingEnd()) {
      assertThat(
              receive(
                  end,
                  request(
                      "{\"histogram\":{\"dataPoints\":[{\"bucketCounts\":[" + counts + "]}]}}")))
          .isInstanceOf(OtlpReceiver.Outcome.TooLarge.class);
    }
  }

  @Test
  void requests_thatNestTooDeep_orGoOnBehindTheirEnd_areRefused() {
    String deep = "{\"arrayValue\":{\"values\":[".repeat(100) + "]}}".repeat(100);
    try (var end = new ReceivingEnd()) {
      assertThat(receive(end, gauge("{\"attributes\":[{\"key\":\"a\",\"value\":" + deep + "}]}")))
          .isInstanceOf(OtlpReceiver.Outcome.Malformed.class);
      assertThat(receive(end, "{} {}")).isInstanceOf(OtlpReceiver.Outcome.Malformed.class);
      assertThat(receive(end, "")).isInstanceOf(OtlpReceiver.Outcome.Malformed.class);
      assertThat(receive(end, "{}")).isEqualTo(new OtlpReceiver.Outcome.Stored(0, List.of()));
    }
  }
}
