package io.pharos.tsdb;

import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.Durability;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.block.BlockSeries;
import io.pharos.tsdb.block.BlockWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The block files of a directory: `<start>-<end>.block` in Unix milliseconds, and `.tmp` while one
/// is being written.
final class BlockFiles {
  private static final Logger LOG = LoggerFactory.getLogger(BlockFiles.class);
  private static final String SUFFIX = ".block";
  private static final String UNFINISHED = ".tmp";
  private static final Pattern NAME = Pattern.compile("-?[0-9]{1,18}-(-?[0-9]{1,18})\\.block");

  private BlockFiles() {}

  /// Opens all blocks. Unfinished files of a run that died are deleted, for their samples are still
  /// in the log; damaged blocks are renamed to `.corrupt`, logged and counted.
  static BlockSet load(Path directory, TsdbMetrics metrics) throws IOException {
    Files.createDirectories(directory);
    var blocks = new ArrayList<Block>();
    for (Path file : list(directory)) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(UNFINISHED)) {
        LOG.warn("{}: deleted; a former run died while it wrote the block", file);
        Files.delete(file);
      } else if (name.endsWith(SUFFIX)) {
        try {
          blocks.add(Block.open(file));
        } catch (CorruptDataException e) {
          metrics.blockCorruptions.increment();
          Path aside = file.resolveSibling(name + ".corrupt");
          LOG.error("{}; moved to {}, its samples are missing from now on", e.getMessage(), aside);
          Durability.publish(file, aside);
        }
      }
    }
    return BlockSet.of(blocks);
  }

  /// The files that are named as blocks, in no order of time.
  static List<Path> named(Path directory) throws IOException {
    return list(directory).stream()
        .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
        .toList();
  }

  /// The end of a block's window by its name, Unix milliseconds.
  static long end(Path file) {
    var name = NAME.matcher(file.getFileName().toString());
    if (!name.matches()) {
      throw new IllegalArgumentException(file + ": expected a name such as 0-7200000.block");
    }
    return Long.parseLong(name.group(1));
  }

  private static List<Path> list(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  /* On a full disk it would hold the last room. */
  private static void deleteUnfinished(Path temporary, Exception problem) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      problem.addSuppressed(e);
    }
  }

  /// Writes a block and opens it. The file appears under its name only when it is whole and on
  /// disk.
  static Block write(Path directory, long start, long end, List<BlockSeries> series)
      throws IOException {
    return publish(stage(directory, start, end, series));
  }

  /// Writes a block whole and to disk, but not under its name: [#publish] gives it that.
  static Path stage(Path directory, long start, long end, List<BlockSeries> series)
      throws IOException {
    Path temporary = directory.resolve(start + "-" + end + UNFINISHED);
    try {
      BlockWriter.write(temporary, start, end, series);
    } catch (IOException | RuntimeException e) {
      deleteUnfinished(temporary, e);
      throw e;
    }
    return temporary;
  }

  /// Gives a block that was staged its name, in the place of one that had it, and opens it.
  static Block publish(Path temporary) throws IOException {
    String name = String.valueOf(temporary.getFileName());
    Path target =
        temporary.resolveSibling(name.substring(0, name.length() - UNFINISHED.length()) + SUFFIX);
    Durability.publish(temporary, target);
    return Block.open(target);
  }
}
