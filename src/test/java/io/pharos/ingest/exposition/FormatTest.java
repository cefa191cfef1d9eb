package io.pharos.ingest.exposition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FormatTest {
  @Test
  void of_contentType_isDecidedByTheMediaType() {
    assertThat(Format.of("text/plain; version=0.0.4; charset=utf-8")).contains(Format.TEXT);
    assertThat(Format.of("text/plain")).contains(Format.TEXT);
    assertThat(Format.of("Application/OpenMetrics-Text;version=1.0.0"))
        .contains(Format.OPENMETRICS);
    assertThat(
            Format.of(
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
                    + " encoding=delimited"))
        .contains(Format.PROTOBUF);
    assertThat(Format.of("application/json; charset=utf-8")).isEmpty();
    assertThat(Format.of("")).isEmpty();
  }

  @Test
  void accept_protocols_areWeighedInOrder() {
    assertThat(Format.accept(List.of(Format.OPENMETRICS.mediaRange(), Format.TEXT.mediaRange())))
        .isEqualTo(
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.3,"
                + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1");
  }
}
