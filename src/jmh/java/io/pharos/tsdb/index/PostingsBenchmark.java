package io.pharos.tsdb.index;

import io.pharos.bench.ServiceSeries;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Finds series by matchers among the series of all targets.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PostingsBenchmark {
  private static final List<LabelMatcher> EQUALITIES =
      List.of(
          LabelMatcher.equal("__name__", "http_requests_total"),
          LabelMatcher.equal("job", "backend-0"),
          LabelMatcher.equal("status", "500"));
  private static final List<LabelMatcher> REGEX =
      List.of(
          LabelMatcher.equal("__name__", "http_requests_total"),
          LabelMatcher.of(LabelMatcher.Type.REGEX, "status", "5.."));

  private record Known(Labels labels) implements LabelIndex.Indexed {}

  @Param("100")
  public int targets;

  private LabelIndex<Known> index;

  @Setup
  public void fill() {
    index = new LabelIndex<>();
    for (int i = 0; i < targets; i++) {
      new ServiceSeries(i, 2).labels().forEach(labels -> index.add(new Known(labels)));
    }
  }

  /// The server errors of one job.
  @Benchmark
  public int equality() {
    return found(EQUALITIES);
  }

  /// The server errors of all jobs.
  @Benchmark
  public int regex() {
    return found(REGEX);
  }

  private int found(List<LabelMatcher> matchers) {
    int found = index.select(matchers).size();
    if (found == 0) {
      throw new IllegalStateException("no series for " + matchers);
    }
    return found;
  }
}
