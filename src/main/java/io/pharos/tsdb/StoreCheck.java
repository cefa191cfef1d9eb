package io.pharos.tsdb;

import io.pharos.bytes.CorruptDataException;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.block.Block;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Reads all data of a store and reports the damage.
public final class StoreCheck {
  /// Result of a check.
  ///
  /// @param damages file, offset and reason of each damage
  /// @param blocks number of blocks
  /// @param series sum of the blocks' numbers of series
  /// @param samples number of readable samples in all blocks
  public record Report(List<String> damages, int blocks, long series, long samples) {
    public Report {
      damages = List.copyOf(damages);
    }
  }

  private StoreCheck() {}

  /// Reads each chunk of each block. The log was already read when `data` was opened.
  public static Report run(StoredData data, StoredData.Progress progress) {
    // A damaged time column that many chunks share is reported once.
    var damages = new LinkedHashSet<>(data.damages());
    long series = 0;
    long samples = 0;
    int done = 0;
    for (Block block : data.blocks()) {
      progress.at("checking blocks", done++, data.blocks().size());
      series += block.seriesCount();
      samples += samples(block, damages);
    }
    return new Report(List.copyOf(damages), data.blocks().size(), series, samples);
  }

  private static long samples(Block block, Set<String> damages) {
    long samples = 0;
    boolean whole = true;
    var window = new SampleWindow(512);
    for (int id = 0; id < block.seriesCount(); id++) {
      window.clear();
      try {
        block.read(id, Long.MIN_VALUE, Long.MAX_VALUE, window);
      } catch (UncheckedIOException e) {
        damages.add(reason(e));
        whole = false;
        continue;
      } catch (CorruptDataException e) {
        damages.add(block.file() + ": " + e.getMessage());
        whole = false;
        continue;
      }
      samples += window.size();
      if (!isInOrder(block, window)) {
        damages.add(
            "%s: the times of series %d do not rise from %d to before %d"
                .formatted(block.file(), id, block.windowStart(), block.windowEnd()));
      }
    }
    if (whole && samples != block.sampleCount()) {
      damages.add(
          "%s: found %d samples, the footer says %d"
              .formatted(block.file(), samples, block.sampleCount()));
    }
    return samples;
  }

  private static String reason(UncheckedIOException e) {
    IOException cause = e.getCause();
    return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
  }

  private static boolean isInOrder(Block block, SampleWindow window) {
    long before = block.windowStart() - 1;
    for (int i = 0; i < window.size(); i++) {
      if (window.timestamp(i) <= before) {
        return false;
      }
      before = window.timestamp(i);
    }
    return before < block.windowEnd();
  }
}
