package io.snapledger.command.axon;

import io.snapledger.command.decide.Claim;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.DomainId;
import io.snapledger.schema.value.HostName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Names and files of the fleet, each of one domain at most, and files that are only read, each of any number. For the
 * thread of one transaction.
 */
final class ClaimTable {
    /** Has the files that several domains share. */
    private static final UUID NOBODY = new UUID(0, 0);

    private static final String NAME_OWNER = "select domain from ledger.claimed_name where name = ?";
    private static final String FILE_OWNER = "select domain from ledger.claimed_file where host = ? and path = ?";
    private static final String CLAIM_NAME =
            "insert into ledger.claimed_name (name, domain) values (?, ?) on conflict (name) do update"
                    + " set domain = claimed_name.domain where claimed_name.domain = excluded.domain";
    private static final String CLAIM_FILE =
            "insert into ledger.claimed_file (host, path, domain) values (?, ?, ?) on conflict (host, path)"
                    + " do update set domain = claimed_file.domain where claimed_file.domain = excluded.domain";
    private static final String RELEASE_FILE =
            "delete from ledger.claimed_file where host = ? and path = ? and domain = ?";

    private final Connection connection;

    ClaimTable(Connection connection) {
        this.connection = connection;
    }

    /** What of the given another domain has. */
    record Taken(boolean name, Set<HostPath> files) {
        boolean any() {
            return name || !files.isEmpty();
        }
    }

    Taken taken(DomainId domain, Collection<Claim> claims) throws SQLException {
        boolean name = false;
        Set<HostPath> files = new HashSet<>();
        for (Claim claim : claims) {
            switch (claim) {
                case Claim.Name n ->
                    name |= isOthers(domain, NAME_OWNER, n.name().value());
                case Claim.File f -> {
                    if (isOthers(domain, FILE_OWNER, f.host().value(), f.path().value())
                            && !isAloneIn(domain, f.host(), f.path())) {
                        files.add(f.path());
                    }
                }
                case Claim.SharedFile f -> {
                    Optional<UUID> owner =
                            owner(FILE_OWNER, f.host().value(), f.path().value());
                    if (owner.isPresent()
                            && !owner.get().equals(NOBODY)
                            && !owner.get().equals(domain.value())) {
                        files.add(f.path());
                    }
                }
            }
        }
        return new Taken(name, files);
    }

    void claim(DomainId domain, Collection<Claim> claims) throws SQLException {
        for (Claim claim : claims) {
            int rows = switch (claim) {
                case Claim.Name n -> update(CLAIM_NAME, n.name().value(), domain.value());
                case Claim.File f ->
                    update(CLAIM_FILE, f.host().value(), f.path().value(), domain.value());
                case Claim.SharedFile f -> share(domain, f);
            };
            if (rows != 1) {
                throw new CommandBatch.RacedException(claim + " was claimed by another domain at the same moment");
            }
        }
    }

    private int share(DomainId domain, Claim.SharedFile file) throws SQLException {
        String host = file.host().value();
        String path = file.path().value();
        update(
                "insert into ledger.shared_file (host, path, domain) values (?, ?, ?) on conflict do nothing",
                host,
                path,
                domain.value());
        return update(CLAIM_FILE, host, path, NOBODY);
    }

    void release(DomainId domain, Collection<Claim> claims) throws SQLException {
        for (Claim claim : claims) {
            switch (claim) {
                case Claim.Name n ->
                    update(
                            "delete from ledger.claimed_name where name = ? and domain = ?",
                            n.name().value(),
                            domain.value());
                case Claim.File f ->
                    update(RELEASE_FILE, f.host().value(), f.path().value(), domain.value());
                case Claim.SharedFile f -> leave(domain, f);
            }
        }
    }

    /** The last that leaves it gives it back. Its row is locked first, so that nobody joins in between. */
    private void leave(DomainId domain, Claim.SharedFile file) throws SQLException {
        String host = file.host().value();
        String path = file.path().value();
        owner(FILE_OWNER + " for update", host, path);
        update("delete from ledger.shared_file where host = ? and path = ? and domain = ?", host, path, domain.value());
        update(
                RELEASE_FILE
                        + " and not exists (select from ledger.shared_file s where s.host = claimed_file.host and s.path ="
                        + " claimed_file.path)",
                host,
                path,
                NOBODY);
    }

    private boolean isOthers(DomainId domain, String sql, Object... key) throws SQLException {
        return owner(sql, key).filter(o -> !o.equals(domain.value())).isPresent();
    }

    /** Only reads it so far, and nobody else does: then it may have it as its own, once it has left it. */
    private boolean isAloneIn(DomainId domain, HostName host, HostPath path) throws SQLException {
        try (PreparedStatement select = prepared(
                        "select bool_and(domain = ?) from ledger.shared_file where host = ? and path = ?",
                        domain.value(),
                        host.value(),
                        path.value());
                ResultSet rows = select.executeQuery()) {
            return rows.next() && rows.getBoolean(1);
        }
    }

    private Optional<UUID> owner(String sql, Object... key) throws SQLException {
        try (PreparedStatement select = prepared(sql, key);
                ResultSet rows = select.executeQuery()) {
            return rows.next() ? Optional.of(rows.getObject(1, UUID.class)) : Optional.empty();
        }
    }

    private int update(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = prepared(sql, values)) {
            return statement.executeUpdate();
        }
    }

    private PreparedStatement prepared(String sql, Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }
}
