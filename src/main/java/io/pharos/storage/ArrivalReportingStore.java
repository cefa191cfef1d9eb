package io.pharos.storage;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;

/// A store for pushed samples that reports each stored batch to an [ArrivalListener]. Thread-safe
/// if the underlying store is.
///
/// @param store receives the samples
/// @param arrivals is notified after each commit
public record ArrivalReportingStore(Appendable store, ArrivalListener arrivals)
    implements Appendable {

  @Override
  public Appender appender() {
    Appender appender = store.appender();
    ArrivalListener.Batch batch = arrivals.batch();
    return batch.equals(ArrivalListener.Batch.IGNORED)
        ? appender
        : new ReportingAppender(appender, arrivals, batch);
  }

  @Override
  public SeriesShare newSource() {
    return store.newSource();
  }

  private static final class ReportingAppender implements Appender {
    private final Appender appender;
    private final ArrivalListener arrivals;
    private ArrivalListener.Batch batch;

    ReportingAppender(Appender appender, ArrivalListener arrivals, ArrivalListener.Batch batch) {
      this.appender = appender;
      this.arrivals = arrivals;
      this.batch = batch;
    }

    private AppendOutcome report(AppendOutcome outcome, Labels series, long millis, double value) {
      if (outcome == AppendOutcome.APPENDED) {
        batch.add(series, millis, value);
      }
      return outcome;
    }

    @Override
    public AppendOutcome append(WrittenSeries series, long millis, double value) {
      return report(appender.append(series, millis, value), series.labels(), millis, value);
    }

    @Override
    public AppendOutcome append(WrittenSeries series, long millis, Histogram histogram) {
      return report(
          appender.append(series, millis, histogram), series.labels(), millis, histogram.count());
    }

    @Override
    public AppendOutcome append(Labels labels, long millis, double value, long start) {
      return report(appender.append(labels, millis, value, start), labels, millis, value);
    }

    @Override
    public AppendOutcome append(Labels labels, long millis, Histogram histogram, long start) {
      return report(
          appender.append(labels, millis, histogram, start), labels, millis, histogram.count());
    }

    @Override
    public void share(SeriesShare share) {
      appender.share(share);
    }

    @Override
    public void useReserve() {
      appender.useReserve();
    }

    @Override
    public void start(WrittenSeries series, long millis) {
      appender.start(series, millis);
    }

    @Override
    public boolean keepsStarts() {
      return appender.keepsStarts();
    }

    @Override
    public Exemplar.Outcome append(Labels labels, Exemplar exemplar) {
      return appender.append(labels, exemplar);
    }

    @Override
    public void commit() {
      appender.commit();
      batch.stored();
      batch = arrivals.batch();
    }

    @Override
    public void rollback() {
      appender.rollback();
      batch = arrivals.batch();
    }

    @Override
    public void close() {
      appender.close();
    }
  }
}
