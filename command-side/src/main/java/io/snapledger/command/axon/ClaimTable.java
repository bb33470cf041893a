package io.snapledger.command.axon;

import io.snapledger.command.decide.Claim;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.value.DomainId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Names and files of the fleet, each of one domain at most. For the thread of one transaction. */
final class ClaimTable {
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
            String owner = owner(claim);
            if (owner != null && !owner.equals(domain.toString())) {
                switch (claim) {
                    case Claim.Name _ -> name = true;
                    case Claim.File file -> files.add(file.path());
                }
            }
        }
        return new Taken(name, files);
    }

    void claim(DomainId domain, Collection<Claim> claims) throws SQLException {
        for (Claim claim : claims) {
            try (PreparedStatement insert = prepare(
                    claim,
                    "insert into ledger.claimed_name (name, domain) values (?, ?::uuid) on conflict (name) do update"
                            + " set domain = claimed_name.domain where claimed_name.domain = excluded.domain",
                    "insert into ledger.claimed_file (host, path, domain) values (?, ?, ?::uuid) on conflict (host, path)"
                            + " do update set domain = claimed_file.domain where claimed_file.domain = excluded.domain",
                    domain)) {
                if (insert.executeUpdate() != 1) {
                    throw new CommandBatch.RacedException(claim + " was claimed by another domain at the same moment");
                }
            }
        }
    }

    void release(DomainId domain, Collection<Claim> claims) throws SQLException {
        for (Claim claim : claims) {
            try (PreparedStatement delete = prepare(
                    claim,
                    "delete from ledger.claimed_name where name = ? and domain = ?::uuid",
                    "delete from ledger.claimed_file where host = ? and path = ? and domain = ?::uuid",
                    domain)) {
                delete.executeUpdate();
            }
        }
    }

    private @Nullable String owner(Claim claim) throws SQLException {
        try (PreparedStatement select = prepare(
                        claim,
                        "select domain::text from ledger.claimed_name where name = ?",
                        "select domain::text from ledger.claimed_file where host = ? and path = ?",
                        null);
                ResultSet rows = select.executeQuery()) {
            return rows.next() ? rows.getString(1) : null;
        }
    }

    private PreparedStatement prepare(Claim claim, String forName, String forFile, @Nullable DomainId domain)
            throws SQLException {
        PreparedStatement statement = switch (claim) {
            case Claim.Name name -> {
                PreparedStatement one = connection.prepareStatement(forName);
                one.setString(1, name.name().value());
                yield one;
            }
            case Claim.File file -> {
                PreparedStatement two = connection.prepareStatement(forFile);
                two.setString(1, file.host().value());
                two.setString(2, file.path().value());
                yield two;
            }
        };
        if (domain != null) {
            int last = switch (claim) {
                case Claim.Name _ -> 2;
                case Claim.File _ -> 3;
            };
            statement.setString(last, domain.toString());
        }
        return statement;
    }
}
