package io.pharos.state.log;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertStore;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import io.pharos.model.PlainReason;
import io.pharos.schedule.LoopRegistry;
import io.pharos.trouble.DamagedData;
import io.pharos.trouble.StoreUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The notifier's embedded store: an append-only log with checksums, occasional snapshots, and a
/// ledger of finished deliveries (docs/format/notifier.md).
///
/// One thread writes. All changes that arrive during a write are written together afterwards, so
/// that many alerts and decisions need only a few syncs of the disk.
public final class NotifierLog implements AutoCloseable {
  /// Maximum length of an id in characters, as in PostgreSQL's column.
  private static final int MAX_ID = 64;

  private final LogWriter writer;
  private final LedgerFiles ledger;

  private NotifierLog(LogWriter writer, LedgerFiles ledger) {
    this.writer = writer;
    this.ledger = ledger;
  }

  /// Opens the log in a folder that no other process uses.
  ///
  /// @throws StoreUnavailableException if the folder can't be read or written
  public static NotifierLog open(Path folder, DamagedData damages, LoopRegistry loops) {
    return open(folder, LogWriter.SNAPSHOT_AFTER, damages, loops);
  }

  /// @param snapshotAfter size of the log in bytes after which a snapshot is written
  static NotifierLog open(
      Path folder, long snapshotAfter, DamagedData damages, LoopRegistry loops) {
    try {
      LedgerFiles ledger =
          LedgerFiles.open(folder.resolve("ledger"), LedgerFiles.MAX_FILE_BYTES, damages);
      return new NotifierLog(LogWriter.open(folder, ledger, snapshotAfter, damages, loops), ledger);
    } catch (IOException e) {
      throw new StoreUnavailableException("can't open " + folder + ": " + PlainReason.of(e), e);
    }
  }

  private void store(String action, LogChange change) {
    try {
      writer.append(change).join();
    } catch (CompletionException e) {
      throw failed(action, e.getCause());
    }
  }

  private static StoreUnavailableException failed(String action, @Nullable Throwable cause) {
    String reason = cause == null ? "unknown" : String.valueOf(cause.getMessage());
    return new StoreUnavailableException("can't " + action + ": " + reason, cause);
  }

  /// Returns why alerts, silences and deliveries are not stored, or may soon not be stored; empty
  /// if there is no trouble.
  public String trouble() {
    return writer.trouble();
  }

  /// Returns the store of alerts.
  public AlertStore alerts() {
    return new AlertStore() {
      @Override
      public CompletableFuture<Void> save(Collection<TrackedAlert> alerts) {
        return writer
            .append(new LogChange.AlertsSaved(List.copyOf(alerts)))
            .exceptionallyCompose(e -> CompletableFuture.failedFuture(failed("save alerts", e)));
      }

      @Override
      public void checkpoint(
          Instant now,
          Collection<TrackedAlert> renewed,
          Collection<Fingerprint> settled,
          Collection<Fingerprint> forgotten) {
        store(
            "save the alerts' checkpoint",
            new LogChange.Checkpoint(
                now, List.copyOf(renewed), List.copyOf(settled), List.copyOf(forgotten)));
      }

      @Override
      public Stored load() {
        return writer.read(state -> new Stored(List.copyOf(state.alerts.values()), state.aliveAt));
      }
    };
  }

  /// Returns the store of silences.
  public Silences.Store silences() {
    return new Silences.Store() {
      @Override
      public List<Silence> load() {
        return writer.read(state -> List.copyOf(state.silences.values()));
      }

      @Override
      public void save(Collection<Silence> silences) {
        store("save silences", new LogChange.SilencesSaved(List.copyOf(silences)));
      }

      @Override
      public void delete(Collection<String> ids) {
        store("delete silences", new LogChange.SilencesDeleted(List.copyOf(ids)));
      }
    };
  }

  /// Returns the store of deliveries.
  public OutboxStore outbox() {
    return new OutboxStore() {
      @Override
      public void apply(List<OutboxChange> changes) {
        for (OutboxChange change : changes) {
          if (change instanceof OutboxChange.Decided(Delivery delivery)
              && delivery.id().length() > MAX_ID) {
            throw new StoreUnavailableException(
                "can't save the outbox: the id %s has more than %s characters"
                    .formatted(delivery.id(), MAX_ID),
                new IllegalArgumentException(delivery.id()));
          }
        }
        store("save the outbox", new LogChange.OutboxChanged(changes));
      }

      @Override
      public List<Delivery> pending() {
        return writer.read(
            state -> state.pending.values().stream().map(LogState.Pending::delivery).toList());
      }

      @Override
      public List<NotificationLogEntry> log() {
        return writer.read(state -> List.copyOf(state.log.values()));
      }

      @Override
      public List<LedgerEntry> ledger(LedgerEntry.Query query) {
        try {
          return ledger.query(query, unfinished());
        } catch (IOException e) {
          throw failed("read the ledger", e);
        }
      }

      @Override
      public Map<String, List<LedgerEntry>> ledgerOf(Map<String, Instant> since) {
        try {
          return ledger.ofGroups(since, unfinished());
        } catch (IOException e) {
          throw failed("read the ledger", e);
        }
      }

      private Stream<LogState.Numbered> unfinished() {
        return writer.read(state -> new ArrayList<>(state.pending.values())).stream()
            .map(LogState::entry);
      }

      @Override
      public void forgetFinishedBefore(Instant limit) {
        try {
          ledger.forgetFinishedBefore(limit);
        } catch (IOException e) {
          throw failed("forget old deliveries", e);
        }
      }
    };
  }

  @Override
  public void close() {
    writer.close();
  }
}
