package io.pharos.bytes.protobuf;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.pharos.bytes.snappy.Snappy;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/// Measures the time to read a message of remote write with our reader and with protobuf-java's,
/// and the time of Snappy, in microseconds of processor time; the best of 60 rounds. Run by hand
/// for docs/decisions.md.
final class WireFormatBenchmark {
  private static final int SERIES = 2_000;

  private WireFormatBenchmark() {}

  private interface Work {
    int run() throws IOException;
  }

  public static void main(String[] args) throws IOException {
    byte[] message = message();
    byte[] block = Snappy.encode(message);
    System.out.printf("%d series, %d bytes, %d in Snappy%n", SERIES, message.length, block.length);
    measure("read, ours", () -> ours(message));
    measure("read, protobuf-java", () -> protobufJava(message));
    measure("Snappy, decode", () -> Snappy.decode(block, message.length).length);
    measure("Snappy, encode", () -> Snappy.encode(message).length);
  }

  private static void measure(String name, Work work) throws IOException {
    var threads = ManagementFactory.getThreadMXBean();
    long best = Long.MAX_VALUE;
    int sum = 0;
    for (int round = 0; round < 60; round++) {
      long start = threads.getCurrentThreadCpuTime();
      for (int i = 0; i < 10; i++) {
        sum += work.run();
      }
      best = Math.min(best, threads.getCurrentThreadCpuTime() - start);
    }
    System.out.printf("%-22s %8.1f (%d)%n", name, best / 10_000.0, sum);
  }

  private static byte[] message() {
    var message = new ProtoWriter();
    for (int i = 0; i < SERIES; i++) {
      int n = i;
      message.message(
          1,
          series -> {
            label(series, "__name__", "http_server_requests_seconds_bucket");
            label(series, "job", "backend");
            label(series, "instance", "10.0.3." + n % 200 + ":8080");
            label(series, "uri", "/api/orders/" + n % 17);
            label(series, "le", String.valueOf(n % 11 * 0.25));
            label(series, "status", String.valueOf(200 + n % 5));
            series.message(2, sample -> sample.float64(1, n * 13.0).int64(2, 1_700_000_000_000L));
          });
    }
    return message.toByteArray();
  }

  private static void label(ProtoWriter series, String name, String value) {
    series.message(1, label -> label.string(1, name).string(2, value));
  }

  private static int ours(byte[] message) {
    int sum = 0;
    for (var request = new ProtoReader(message); request.next(); ) {
      for (ProtoReader series = request.message(); series.next(); ) {
        boolean label = series.field() == 1;
        for (ProtoReader part = series.message(); part.next(); ) {
          sum +=
              label
                  ? part.string().length()
                  : part.field() == 1 ? (int) part.float64() : (int) part.int64();
        }
      }
    }
    return sum;
  }

  private static int protobufJava(byte[] message) throws IOException {
    int sum = 0;
    var in = CodedInputStream.newInstance(message);
    while (in.readTag() != 0) {
      int series = in.pushLimit(in.readRawVarint32());
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        boolean label = WireFormat.getTagFieldNumber(tag) == 1;
        int part = in.pushLimit(in.readRawVarint32());
        for (int field = in.readTag(); field != 0; field = in.readTag()) {
          sum +=
              label
                  ? in.readStringRequireUtf8().length()
                  : WireFormat.getTagFieldNumber(field) == 1
                      ? (int) in.readDouble()
                      : (int) in.readInt64();
        }
        in.popLimit(part);
      }
      in.popLimit(series);
    }
    return sum;
  }
}
