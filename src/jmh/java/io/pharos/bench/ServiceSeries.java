package io.pharos.bench;

import static java.util.Objects.requireNonNull;

import io.pharos.ingest.exposition.ExpositionException;
import io.pharos.ingest.exposition.Format;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.ingest.exposition.ServicePage;
import io.pharos.model.Labels;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.WrittenSeries;
import java.util.ArrayList;
import java.util.List;

/// The series of one target with the values of its first scrapes. After the last scrape they are
/// replayed backwards, so that successive values always come from neighbouring scrapes.
public final class ServiceSeries {
  /// Number of series of a target.
  public static final int SERIES = 1_000;

  /// Milliseconds between two scrapes.
  public static final long INTERVAL = 15_000;

  /// Time of the first scrape: the border of a block.
  public static final long BEGIN = 1_700_006_400_000L;

  private static final class Written extends WrittenSeries {
    Written(Labels labels) {
      super(labels);
    }
  }

  private final List<Labels> labels = new ArrayList<>(SERIES);
  private final List<WrittenSeries> written = new ArrayList<>(SERIES);
  private final double[][] values;

  /// @param target number of the target
  /// @param scrapes number of prepared scrapes, at least 2
  public ServiceSeries(int target, int scrapes) {
    values = new double[scrapes][SERIES];
    var page = new ServicePage(target, SERIES);
    var parser = new PageParser();
    for (int scrape = 0; scrape < scrapes; scrape++) {
      double[] row = values[scrape];
      int[] next = {0};
      boolean first = scrape == 0;
      byte[] body = page.text(scrape);
      try {
        parser.parse(
            body,
            body.length,
            Format.TEXT,
            PageParser.HistogramReading.CLASSIC,
            (series, value, _) -> {
              row[next[0]++] = value;
              if (first) {
                labels.add(named(series.labels(), target));
              }
            });
      } catch (ExpositionException e) {
        throw new IllegalStateException(e);
      }
    }
    labels.forEach(one -> written.add(new Written(one)));
  }

  private static Labels named(Labels exposed, int target) {
    return exposed.toBuilder()
        .set("job", "backend-" + target % 10)
        .set("instance", "10.0.3." + target + ":9100")
        .build();
  }

  /// Index of the scrape to use after a number of scrapes.
  public static int toAndFro(int turn, int scrapes) {
    int at = turn % (2 * scrapes - 2);
    return at < scrapes ? at : 2 * scrapes - 2 - at;
  }

  /// The labels of the series, in the order of the page.
  public List<Labels> labels() {
    return labels;
  }

  /// The values of a scrape, in the order of the labels.
  public double[] values(int turn) {
    return values[toAndFro(turn, values.length)];
  }

  /// Writes a scrape to a store, as one batch.
  public void append(Appendable store, int turn, long timestampMillis) {
    double[] row = values(turn);
    try (Appender appender = requireNonNull(store, "store is null").appender()) {
      for (int i = 0; i < row.length; i++) {
        appender.append(written.get(i), timestampMillis, row[i]);
      }
      appender.commit();
    }
  }
}
