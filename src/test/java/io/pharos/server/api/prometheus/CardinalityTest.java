package io.pharos.server.api.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.model.Labels;
import io.pharos.tsdb.Tsdb;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class CardinalityTest {
  private static final Tsdb.HeadStats HEAD =
      new Tsdb.HeadStats(
          List.of(
              Labels.of("__name__", "up", "job", "a"),
              Labels.of("__name__", "up", "job", "b"),
              Labels.of("__name__", "größe", "job", "a")),
          7,
          1000,
          2000);

  private static String written(int limit) throws IOException {
    var text = new StringWriter();
    try (var json = new JsonFactory().createGenerator(text)) {
      new StatusResource.Cardinality(HEAD, limit).json().write(json);
    }
    return text.toString();
  }

  @Test
  void json_headOfThreeSeries_countsNamesValuesAndPairs() throws IOException {
    assertThat(new ObjectMapper().readTree(written(10)))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"headStats": {"numSeries": 3, "numLabelPairs": 4, "chunkCount": 7, "minTime": 1000, "maxTime": 2000},
                     "seriesCountByMetricName": [{"name": "up", "value": 2}, {"name": "größe", "value": 1}],
                     "labelValueCountByLabelName": [{"name": "__name__", "value": 2}, {"name": "job", "value": 2}],
                     "memoryInBytesByLabelName": [{"name": "__name__", "value": 9}, {"name": "job", "value": 2}],
                     "seriesCountByLabelValuePair": [{"name": "__name__=up", "value": 2}, {"name": "job=a", "value": 2},
                       {"name": "__name__=größe", "value": 1}, {"name": "job=b", "value": 1}]}
                    """));
  }

  @Test
  void json_withALimit_givesTheLargestOnly() throws IOException {
    assertThat(written(1))
        .contains("\"seriesCountByMetricName\":[{\"name\":\"up\",\"value\":2}]")
        .doesNotContain("job=b");
  }
}
