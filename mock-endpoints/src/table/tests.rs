//! The table: its addresses, its aliases, its reverse names.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn name(text: &str) -> HostName {
    text.parse().unwrap()
}

fn options(ptr: PtrMode) -> TableOptions {
    TableOptions::new(
        ptr,
        Workstation {
            name: name("lab-ws01.corp.test"),
            address: Ipv4Addr::new(10, 11, 12, 13),
        },
    )
}

fn table(names: &[&str], ptr: PtrMode) -> Table {
    Table::new(names.iter().map(|text| name(text)), &options(ptr)).unwrap()
}

fn ipv4(table: &Table, host: &str) -> Vec<String> {
    let found = table.resolve(&name(host)).unwrap();
    found.ipv4.iter().map(ToString::to_string).collect()
}

const TENANTS: [&str; 11] = [
    "df00tech.argustest.workers.dev",
    "df00tech.pages.dev",
    "us-central1-df00tech.cloudfunctions.net",
    "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
    "abcde12345fghij.lambda-url.us-east-1.on.aws",
    "df00tech.azurewebsites.net",
    "app.happyhill-70162bb9.westeurope.azurecontainerapps.io",
    "df00tech.netlify.app",
    "df00tech.vercel.app",
    "script.google.com",
    "df00tech-a1b2c3d4e5-uc.a.run.app",
];

#[test]
fn addresses_come_from_the_ranges_of_the_platform() {
    let table = table(&TENANTS, PtrMode::Lab);
    let ranges = [
        (TENANTS[0], vec!["104.21.74.", "172.67.158."]),
        (TENANTS[1], vec!["172.66.47.", "172.66.44."]),
        (TENANTS[2], vec!["216.239.36."]),
        (TENANTS[3], vec!["54.208.231.", "32.196.92."]),
        (TENANTS[4], vec!["18.205.10.", "3.210.44.", "52.203.16."]),
        (TENANTS[5], vec!["20.105.232."]),
        (TENANTS[6], vec!["20.231.235."]),
        (TENANTS[7], vec!["63.176.8.", "35.157.26."]),
        (TENANTS[8], vec!["64.29.17.", "216.198.79."]),
        (TENANTS[9], vec!["142.250.74."]),
        (
            TENANTS[10],
            vec![
                "34.143.72.",
                "34.143.73.",
                "34.143.74.",
                "34.143.75.",
                "34.143.76.",
                "34.143.77.",
                "34.143.78.",
                "34.143.79.",
            ],
        ),
    ];
    for (host, prefixes) in ranges {
        let addresses = ipv4(&table, host);
        assert_eq!(addresses.len(), prefixes.len(), "{host}: {addresses:?}");
        for (address, prefix) in addresses.iter().zip(prefixes) {
            assert!(address.starts_with(prefix), "{host}: {address}");
        }
    }
}

#[test]
fn a_look_alike_gets_a_documentation_address() {
    let table = table(&["x.notworkers.dev", "x.workers.dev"], PtrMode::Lab);
    assert!(ipv4(&table, "x.notworkers.dev")[0].starts_with("203.0.113."));
    let host = table.host(&name("x.notworkers.dev")).unwrap();
    assert_eq!(host.platform, None);
    let host = table.host(&name("x.workers.dev")).unwrap();
    assert_eq!(host.platform, Some(PlatformId::CloudflareWorkers));
}

#[test]
fn companions_come_along() {
    let table = table(&["script.google.com"], PtrMode::Lab);
    let companion = table.host(&name("script.googleusercontent.com")).unwrap();
    assert_eq!(companion.role, Role::Companion);
    assert_eq!(
        companion.aliases,
        [name("googlehosted.l.googleusercontent.com")]
    );
    let without = super::tests::table(&["x.vercel.app"], PtrMode::Lab);
    assert!(
        without
            .host(&name("script.googleusercontent.com"))
            .is_none()
    );
}

#[test]
fn azure_names_are_aliases_of_a_stamp() {
    let table = table(&["df00tech.azurewebsites.net"], PtrMode::Lab);
    let whole = table.resolve(&name("df00tech.azurewebsites.net")).unwrap();
    let [first, second] = whole.aliases else {
        panic!("{:?}", whole.aliases)
    };
    let number = 100 + u16::from(whole.ipv4[0].octets()[3]);
    let stamp = format!("waws-prod-am2-{number}");
    assert_eq!(
        first.as_str(),
        format!("{stamp}.sip.azurewebsites.windows.net")
    );
    let hash = second
        .as_str()
        .strip_prefix(&format!("{stamp}-"))
        .and_then(|rest| rest.strip_suffix(".westeurope.cloudapp.azure.com"))
        .unwrap();
    assert!(hash.len() == 4 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    // The chain can be entered anywhere.
    let rest = table.resolve(first).unwrap();
    assert_eq!(rest.aliases, std::slice::from_ref(second));
    assert_eq!(rest.ipv4, whole.ipv4);
    assert!(table.resolve(second).unwrap().aliases.is_empty());
}

#[test]
fn the_labs_own_names_resolve() {
    let table = table(&[], PtrMode::Lab);
    assert_eq!(ipv4(&table, "lab-ws01.corp.test"), ["10.11.12.13"]);
    assert!(ipv4(&table, CRL_HOST)[0].starts_with("203.0.113."));
    assert!(table.resolve(&name("www.example.com")).is_none());
}

#[test]
fn the_labs_own_names_cannot_be_taken() {
    for taken in ["lab-ws01.corp.test", CRL_HOST] {
        assert_eq!(
            Table::new([name(taken)], &options(PtrMode::Lab)),
            Err(TableError::Reserved(name(taken)))
        );
    }
}

#[test]
fn reverse_names_follow_the_mode() {
    let hosts = [
        "a.b.workers.dev",
        "abc.lambda-url.us-east-1.amazonaws.com",
        "x-y.cloudfunctions.net",
        "x-123456789012.us-central1.run.app",
    ];
    let address =
        |table: &Table, host: &str| IpAddr::from(table.resolve(&name(host)).unwrap().ipv4[0]);
    let workstation = IpAddr::from([10, 11, 12, 13]);

    let lab = table(&hosts, PtrMode::Lab);
    for host in hosts {
        assert_eq!(lab.reverse(address(&lab, host)), [name(host)]);
    }
    assert_eq!(lab.reverse(workstation), [name("lab-ws01.corp.test")]);

    let provider = table(&hosts, PtrMode::Provider);
    assert!(provider.reverse(address(&provider, hosts[0])).is_empty());
    let IpAddr::V4(lambda) = address(&provider, hosts[1]) else {
        unreachable!()
    };
    let [a, b, c, d] = lambda.octets();
    assert_eq!(
        provider.reverse(lambda.into()),
        [name(&format!(
            "ec2-{a}-{b}-{c}-{d}.compute-1.amazonaws.com"
        ))]
    );
    let IpAddr::V4(functions) = address(&provider, hosts[2]) else {
        unreachable!()
    };
    let last = functions.octets()[3];
    assert_eq!(
        provider.reverse(functions.into()),
        [name(&format!("any-in-24{last:02x}.1e100.net"))]
    );
    let IpAddr::V4(service) = address(&provider, hosts[3]) else {
        unreachable!()
    };
    let last = service.octets()[3];
    assert_eq!(
        provider.reverse(service.into()),
        [name(&format!("{last}.72.143.34.bc.googleusercontent.com"))]
    );
    assert_eq!(provider.reverse(workstation), [name("lab-ws01.corp.test")]);

    let none = table(&hosts, PtrMode::None);
    assert!(none.reverse(address(&none, hosts[0])).is_empty());
    assert!(none.reverse(workstation).is_empty());
}

#[test]
fn an_unused_address_has_no_reverse_name() {
    for mode in PtrMode::ALL {
        let table = table(&["script.google.com"], *mode);
        assert!(table.reverse(IpAddr::from([8, 8, 8, 8])).is_empty());
        assert!(table.reverse(IpAddr::from([216, 239, 36, 54])).is_empty());
    }
}

#[test]
fn all_names_can_be_at_one_address() {
    let address = IpAddr::from([192, 168, 56, 1]);
    let names = ["script.google.com", "df00tech.azurewebsites.net"].map(name);
    let table = Table::at(names.clone(), address, &options(PtrMode::Lab)).unwrap();
    for name in &names {
        let found = table.resolve(name).unwrap();
        assert!(found.aliases.is_empty());
        assert_eq!(found.ipv4, [Ipv4Addr::new(192, 168, 56, 1)]);
    }
    assert_eq!(table.addresses(), BTreeSet::from([address]));
    assert!(table.prefixes().is_empty());
    assert_eq!(
        table.reverse(address),
        [
            name("df00tech.azurewebsites.net"),
            name("script.google.com"),
            name("script.googleusercontent.com")
        ]
    );
    assert_eq!(table.endpoint_at(address), None);
}

#[test]
fn prefixes_are_the_ranges_in_use() {
    let table = table(&["a.b.workers.dev"], PtrMode::Lab);
    let prefixes: Vec<_> = table.prefixes().iter().map(ToString::to_string).collect();
    assert_eq!(
        prefixes,
        ["104.21.74.0/24", "172.67.158.0/24", "203.0.113.0/24"]
    );
    assert!(!table.addresses().contains(&IpAddr::from([10, 11, 12, 13])));
}

#[test]
fn ipv6_is_off_until_it_is_asked_for() {
    let host = name("a.b.workers.dev");
    let mut options = options(PtrMode::Lab);
    let without = Table::new([host.clone()], &options).unwrap();
    assert!(without.resolve(&host).unwrap().ipv6.is_empty());
    options.ipv6 = true;
    let with = Table::new([host.clone(), name("x.vercel.app")], &options).unwrap();
    let found = with.resolve(&host).unwrap();
    assert!(found.ipv6[0].to_string().starts_with("2606:4700:3031::"));
    assert_eq!(with.reverse(found.ipv6[0].into()), [host]);
    assert!(with.resolve(&name("x.vercel.app")).unwrap().ipv6.is_empty());
}

#[test]
fn a_range_holds_254_names_and_no_more() {
    let tenant = |number: usize| name(&format!("t{number}.cloudfunctions.net"));
    let full = Table::new((0..254).map(tenant), &options(PtrMode::Lab)).unwrap();
    let addresses: BTreeSet<_> = full.addresses();
    // And the revocation list's.
    assert_eq!(addresses.len(), 255);
    assert!(!addresses.contains(&IpAddr::from([216, 239, 36, 0])));
    assert!(!addresses.contains(&IpAddr::from([216, 239, 36, 255])));
    let error = Table::new((0..255).map(tenant), &options(PtrMode::Lab)).unwrap_err();
    assert!(
        matches!(error, TableError::RangeExhausted { .. }),
        "{error}"
    );
}

#[test]
fn a_name_keeps_its_address_when_others_join() {
    let host = "beacon.cloudfunctions.net";
    let alone = table(&[host], PtrMode::Lab);
    let joined = table(
        &["a.cloudfunctions.net", "b.cloudfunctions.net", host],
        PtrMode::Lab,
    );
    assert_eq!(ipv4(&alone, host), ipv4(&joined, host));
}

#[test]
fn a_table_reads_back() {
    let table = table(&TENANTS, PtrMode::Provider);
    let text = serde_json::to_string(&table).unwrap();
    assert_eq!(serde_json::from_str::<Table>(&text).unwrap(), table);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_order_of_the_names_does_not_matter(
        names in prop::collection::vec("[a-z]{1,3}", 1..60),
        order in any::<u64>(),
    ) {
        let hosts: Vec<_> = names.iter().map(|label| name(&format!("{label}.x.workers.dev"))).collect();
        let mut shuffled = hosts.clone();
        fastrand::Rng::with_seed(order).shuffle(&mut shuffled);
        let options = options(PtrMode::Lab);
        prop_assert_eq!(Table::new(hosts, &options), Table::new(shuffled, &options));
    }

    #[test]
    fn no_two_names_share_an_address(labels in prop::collection::btree_set("[a-z]{1,4}", 1..100)) {
        let hosts = labels.iter().map(|label| name(&format!("{label}.azurewebsites.net")));
        let table = Table::new(hosts, &options(PtrMode::Lab)).unwrap();
        prop_assert_eq!(table.addresses().len(), labels.len() + 1);
        let targets: BTreeSet<_> = table.hosts().flat_map(|(_, host)| &host.aliases).collect();
        prop_assert_eq!(targets.len(), labels.len() * 2);
    }
}

fn with_domain(target: &str, is_alias: bool, ptr: PtrMode) -> Result<Table, TableError> {
    let mut options = options(ptr);
    let target = name(target);
    let domain = CustomDomain { target, is_alias };
    options.custom_domains.insert(name("c2.example"), domain);
    Table::new([name("c2.example")], &options)
}

#[test]
fn a_domain_of_a_tenant_s_own_is_an_alias_or_has_the_platform_s_addresses() {
    let worker = with_domain("x.y.workers.dev", false, PtrMode::Lab).unwrap();
    let host = worker.host(&name("c2.example")).unwrap();
    assert_eq!(host.platform, Some(PlatformId::CloudflareWorkers));
    assert_eq!(host.aliases, []);
    assert!(ipv4(&worker, "c2.example")[0].starts_with("104.21.74."));
    // The platform's own name of the tenant stays unknown to the zone.
    assert!(worker.resolve(&name("x.y.workers.dev")).is_none());

    let azure = with_domain("x.azurewebsites.net", true, PtrMode::Lab).unwrap();
    let host = azure.host(&name("c2.example")).unwrap();
    assert_eq!(host.platform, Some(PlatformId::AzureFunctions));
    assert_eq!(host.aliases.len(), 3);
    assert_eq!(host.aliases[0], name("x.azurewebsites.net"));
    let entered = azure.resolve(&name("x.azurewebsites.net")).unwrap();
    assert_eq!(entered.aliases, &host.aliases[1..]);
    assert_eq!(entered.ipv4, host.ipv4);

    let vercel = with_domain("cname.vercel-dns-0.com", true, PtrMode::Lab).unwrap();
    let host = vercel.host(&name("c2.example")).unwrap();
    assert_eq!(host.platform, Some(PlatformId::Vercel));
    assert_eq!(host.aliases, [name("cname.vercel-dns-0.com")]);

    // Without the alias, the chain behind it is not there either.
    let bare = with_domain("x.azurewebsites.net", false, PtrMode::Lab).unwrap();
    assert_eq!(bare.host(&name("c2.example")).unwrap().aliases, []);
}

#[test]
fn a_reverse_lookup_of_it_is_the_provider_s() {
    let service = "x-123456789012.us-central1.run.app";
    let table = with_domain(service, false, PtrMode::Provider).unwrap();
    let address = table.resolve(&name("c2.example")).unwrap().ipv4[0];
    let names = table.reverse(address.into());
    assert!(names[0].as_str().ends_with(".bc.googleusercontent.com"));
}

#[test]
fn a_domain_that_leads_to_no_platform_is_refused() {
    let error = with_domain("x.notworkers.dev", true, PtrMode::Lab).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`c2.example` is to be served as `x.notworkers.dev`, which belongs to no platform"
    );
}

/// The machine that serves all names knows what is an alias, too.
#[test]
fn a_domain_that_is_an_alias_stays_one_at_one_address() {
    let mut options = options(PtrMode::Lab);
    let target = name("cname.vercel-dns-0.com");
    let domain = CustomDomain {
        target: target.clone(),
        is_alias: true,
    };
    options.custom_domains.insert(name("c2.example"), domain);
    let address = IpAddr::from([192, 168, 56, 1]);
    let table = Table::at([name("c2.example")], address, &options).unwrap();
    let host = table.host(&name("c2.example")).unwrap();
    assert_eq!(host.aliases, [target]);
    assert_eq!(host.addresses().collect::<Vec<_>>(), [address]);
}
