package io.pharos.tsdb.block;

import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The block files of a directory: `<start>-<end>.block` in Unix milliseconds, or `.tmp` while a
/// block is being written.
public final class BlockFiles {
  private static final Logger LOG = LoggerFactory.getLogger(BlockFiles.class);
  private static final String SUFFIX = ".block";
  private static final String UNFINISHED = ".tmp";
  private static final Pattern NAME = Pattern.compile("-?[0-9]{1,18}-(-?[0-9]{1,18})\\.block");

  private BlockFiles() {}

  /// Opens all blocks. Unfinished files of a crashed run are deleted: their samples are still in
  /// the log. Damaged blocks are renamed to `.corrupt`, logged and counted.
  ///
  /// @param onDamage called for each damaged block
  public static BlockSet load(Path directory, Runnable onDamage) throws IOException {
    Files.createDirectories(directory);
    var blocks = new ArrayList<Block>();
    for (Path file : list(directory)) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(UNFINISHED)) {
        LOG.warn("{}: deleted this unfinished block; the process that wrote it has ended", file);
        Files.delete(file);
      } else if (name.endsWith(SUFFIX)) {
        try {
          blocks.add(Block.open(file));
        } catch (CorruptDataException e) {
          onDamage.run();
          Path aside = file.resolveSibling(name + ".corrupt");
          LOG.error(
              "{}; moved the block to {}; its samples are no longer available",
              e.getMessage(),
              aside);
          Durability.publish(file, aside);
        }
      }
    }
    return BlockSet.of(blocks);
  }

  /// The files whose names are names of blocks, in any order.
  public static List<Path> named(Path directory) throws IOException {
    return list(directory).stream()
        .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
        .toList();
  }

  /// The end of a block's window according to its file name, in Unix milliseconds.
  public static long end(Path file) {
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

  /* Deletes an unfinished file, which may occupy the last space of a full disk. */
  private static void deleteUnfinished(Path temporary, Exception problem) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      problem.addSuppressed(e);
    }
  }

  /// Writes a block and opens it. The file gets its final name after it was completely written to
  /// disk.
  public static Block write(Path directory, long start, long end, List<BlockWriter.Series> series)
      throws IOException {
    return publish(stage(directory, start, end, series));
  }

  /// Writes a complete block to disk under a temporary name; [#publish] gives it its final name.
  public static Path stage(Path directory, long start, long end, List<BlockWriter.Series> series)
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

  /// Renames a staged block to its final name, replacing a block with that name, and opens it.
  public static Block publish(Path temporary) throws IOException {
    String name = String.valueOf(temporary.getFileName());
    Path target =
        temporary.resolveSibling(name.substring(0, name.length() - UNFINISHED.length()) + SUFFIX);
    Durability.publish(temporary, target);
    return Block.open(target);
  }
}
