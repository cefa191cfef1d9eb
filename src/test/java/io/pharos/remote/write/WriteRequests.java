package io.pharos.remote.write;

import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.bytes.snappy.Snappy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Writes requests field by field, so that tests can also write invalid ones.
public final class WriteRequests {
  public static final String V1 = "application/x-protobuf";
  public static final String V2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

  private WriteRequests() {}

  /// Compresses a message.
  public static byte[] body(Consumer<ProtoWriter> content) {
    var message = new ProtoWriter();
    content.accept(message);
    return Snappy.encode(message.toByteArray());
  }

  /// Adds a series to a request of version 1.0: labels as alternating names and values.
  public static Consumer<ProtoWriter> seriesV1(List<String> labels, Consumer<ProtoWriter> samples) {
    return request ->
        request.message(
            1,
            series -> {
              for (int i = 0; i < labels.size(); i += 2) {
                int at = i;
                series.message(
                    1, label -> label.string(1, labels.get(at)).string(2, labels.get(at + 1)));
              }
              samples.accept(series);
            });
  }

  /// One float sample; both versions have it at field 2 of a series.
  public static Consumer<ProtoWriter> sample(long time, double value) {
    return series -> series.message(2, sample -> sample.float64(1, value).int64(2, time));
  }

  /// A request of version 2.0 with one series.
  public static Consumer<ProtoWriter> seriesV2(
      List<String> symbols, long[] refs, Consumer<ProtoWriter> content) {
    var all = new ArrayList<>(symbols);
    return request -> {
      all.forEach(symbol -> request.element(4, symbol));
      request.message(
          5,
          series -> {
            series.int64s(1, refs);
            content.accept(series);
          });
    };
  }
}
